// How large pictures and sounds are once decoded, from their headers.
#include <algorithm>
#include <cstring>

#include "hutch-shim.h"
#include "stb/stb_image.h" // libmtmd has the implementation

// libmtmd keeps its copy to itself. Only decoders are needed.
#define MINIAUDIO_IMPLEMENTATION
#define MA_NO_ENCODING
#define MA_NO_DEVICE_IO
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_NODE_GRAPH
#define MA_NO_ENGINE
#define MA_NO_GENERATION
#define MA_API static
#include "miniaudio/miniaudio.h"

namespace {

// What libmtmd takes for a sound: the same bytes.
bool is_sound(const uint8_t * bytes, size_t n_bytes) {
    if (n_bytes < 12) return false;
    const auto has = [&](size_t at, const char * text) {
        return memcmp(bytes + at, text, strlen(text)) == 0;
    };
    const bool is_mpeg = bytes[0] == 0xFF && (bytes[1] & 0xE0) == 0xE0;
    return (has(0, "RIFF") && has(8, "WAVE")) || has(0, "ID3") || has(0, "fLaC") || is_mpeg;
}

double sound_seconds(const uint8_t * bytes, size_t n_bytes) {
    const ma_decoder_config config = ma_decoder_config_init(ma_format_f32, 1, 0);
    ma_decoder decoder;
    if (ma_decoder_init_memory(bytes, n_bytes, &config, &decoder) != MA_SUCCESS) return 0.0;
    ma_uint64 n_frames = 0;
    const ma_result result = ma_decoder_get_length_in_pcm_frames(&decoder, &n_frames);
    const double rate = std::max<ma_uint32>(1, decoder.outputSampleRate);
    ma_decoder_uninit(&decoder);
    return result == MA_SUCCESS ? static_cast<double>(n_frames) / rate : 0.0;
}

double big_endian(const uint8_t * bytes) {
    return bytes[0] * 16777216.0 + bytes[1] * 65536.0 + bytes[2] * 256.0 + bytes[3];
}

// Width and height of a PNG that stb_image refuses for its size, without telling it: one of 2^30
// values or more, four to a pixel at most.
void huge_png_size(const uint8_t * bytes, size_t n_bytes, double * size) {
    constexpr char beginning[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    constexpr size_t n = sizeof(beginning) - 1;
    if (n_bytes < n + 8 || memcmp(bytes, beginning, n) != 0) return;
    const double width = big_endian(bytes + n), height = big_endian(bytes + n + 4);
    if (width * height < (1 << 28)) return;
    size[0] = width;
    size[1] = height;
}

void picture_size(const uint8_t * bytes, size_t n_bytes, double * size) {
    int width = 0, height = 0, n_channels = 0;
    const int n = static_cast<int>(std::min<size_t>(n_bytes, INT32_MAX));
    if (stbi_info_from_memory(bytes, n, &width, &height, &n_channels) == 0) {
        huge_png_size(bytes, n_bytes, size);
        return;
    }
    size[0] = width;
    size[1] = height;
}

} // namespace

extern "C" {

void shim_media_size(const uint8_t * bytes, size_t n_bytes, double * size) {
    std::fill(size, size + 3, 0.0);
    if (is_sound(bytes, n_bytes)) size[2] = sound_seconds(bytes, n_bytes);
    else picture_size(bytes, n_bytes, size);
}

} // extern "C"

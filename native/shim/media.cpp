// libmtmd's by-value structs.
#include <stdexcept>

#include "hutch-shim.h"
#include "mtmd-helper.h"
#include "shim-internal.h"

extern "C" {

struct mtmd_context * shim_mtmd_init(
    const char * mmproj_path, const struct llama_model * model, const char * options) {
    return shim::guarded<mtmd_context *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        const std::string marker = o.value("media_marker", mtmd_default_marker());
        mtmd_context_params p = mtmd_context_params_default();
        p.use_gpu = o.value("use_gpu", p.use_gpu);
        p.warmup = o.value("warmup", false);
        p.print_timings = false;
        p.image_min_tokens = shim::whole_number(o, "image_min_tokens", p.image_min_tokens, 1);
        p.image_max_tokens = shim::whole_number(o, "image_max_tokens", p.image_max_tokens, 1);
        p.batch_max_tokens = shim::whole_number(o, "batch_max_tokens", p.batch_max_tokens, 1);
        if (p.image_max_tokens > 0 && p.image_min_tokens > p.image_max_tokens)
            throw std::invalid_argument("image_min_tokens is larger than image_max_tokens");
        p.n_threads = shim::thread_count(o, "n_threads", common_cpu_get_num_math());
        p.media_marker = marker.c_str(); // copied by mtmd_init_from_file
        shim::clear_log();
        mtmd_context * mtmd = mtmd_init_from_file(mmproj_path, model, p);
        if (mtmd == nullptr)
            throw std::runtime_error(shim::with_log("libmtmd cannot load the mmproj"));
        return mtmd;
    });
}

struct mtmd_bitmap * shim_bitmap_from_bytes(
    const struct mtmd_context * mtmd, const uint8_t * bytes, size_t n_bytes) {
    return shim::guarded<mtmd_bitmap *>(nullptr, [&] {
        double size[3];
        shim_media_size(bytes, n_bytes, size);
        // libmtmd would go on and ask a program on this machine whether it is a video.
        if (size[0] == 0.0 && size[2] == 0.0)
            throw std::runtime_error("not an image or audio file");
        shim::clear_log();
        const auto made = mtmd_helper_bitmap_init_from_buf(
            mtmd, bytes, n_bytes, false, mtmd_helper_init_opt_default());
        if (made.video_ctx != nullptr) {
            mtmd_bitmap_free(made.bitmap); // it reads from the video
            mtmd_helper_video_free(made.video_ctx);
        }
        if (made.bitmap == nullptr || made.video_ctx != nullptr)
            throw std::runtime_error("not an image or audio file that can be decoded");
        return made.bitmap;
    });
}

int32_t shim_mtmd_tokenize(
    const struct mtmd_context * mtmd, struct mtmd_input_chunks * chunks, const char * text,
    size_t text_len, bool add_special, const struct mtmd_bitmap * const * bitmaps,
    size_t n_bitmaps) {
    return shim::guarded<int32_t>(2, [&] {
        mtmd_input_text input{};
        input.text = text;
        input.text_len = text_len;
        input.add_special = add_special;
        input.parse_special = true;
        shim::clear_log();
        const int32_t code = mtmd_tokenize(mtmd, chunks, &input, bitmaps, n_bitmaps);
        if (code != 0)
            shim::set_error(shim::with_log("mtmd_tokenize returned " + std::to_string(code)));
        return code;
    });
}

} // extern "C"

/* The shim's own test, in C: shim-test LIBRARY_DIR MODEL MMPROJ. Prints what failed; exit code 0 if
 * none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hutch-shim.h"

static int n_failed = 0;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            n_failed++;                                                                            \
            printf(                                                                                \
                "FAILED %s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition,            \
                shim_last_error());                                                                \
        }                                                                                          \
    } while (0)

enum { N_TOKENS_MAX = 512, N_PREDICT_MAX = 32, BMP_SIDE = 64, BMP_HEADER = 54 };

static float last_progress = -1.0f;

static bool on_progress(float fraction, void * user_data) {
    (void)user_data;
    last_progress = fraction;
    return true;
}

static void test_errors(const char * model_path) {
    CHECK(shim_model_load("/nonexistent.gguf", "{}", NULL, NULL) == NULL);
    CHECK(strlen(shim_last_error()) > 0);
    CHECK(shim_model_load(model_path, "not json", NULL, NULL) == NULL);
    CHECK(shim_json_schema_to_grammar("{") == NULL);
    char * grammar = shim_json_schema_to_grammar("{\"type\":\"boolean\"}");
    CHECK(grammar != NULL && strstr(grammar, "root") != NULL);
    shim_free(grammar);
}

static void test_sampler_errors(const struct llama_model * model) {
    CHECK(shim_sampler_init(model, "{\"grammar\":\"root ::= (\"}") == NULL);
    CHECK(shim_sampler_init(model, "{\"samplers\":[\"no_such\"]}") == NULL);
    CHECK(shim_sampler_init(model, "{\"logit_bias\":[[99999999,1]]}") == NULL);
    CHECK(shim_sampler_init(model, "{\"repeat_penalty\":0}") == NULL);
}

/* Decodes `prompt` as sequence 0 and writes the sampled text to `out`. */
static void generate(
    struct llama_model * model, struct llama_context * ctx, const char * prompt,
    const char * sampling, char * out, size_t out_size) {
    const struct llama_vocab * vocab = llama_model_get_vocab(model);
    int32_t token[N_TOKENS_MAX], pos[N_TOKENS_MAX], seq_id[N_TOKENS_MAX];
    int8_t output[N_TOKENS_MAX];
    const int32_t n_prompt =
        llama_tokenize(vocab, prompt, (int32_t)strlen(prompt), token, N_TOKENS_MAX, true, true);
    CHECK(n_prompt > 0);
    for (int32_t i = 0; i < n_prompt; i++) {
        pos[i] = i;
        seq_id[i] = 0;
        output[i] = i == n_prompt - 1;
    }
    llama_memory_clear(llama_get_memory(ctx), true);
    struct shim_sampler * sampler = shim_sampler_init(model, sampling);
    CHECK(sampler != NULL);
    shim_sampler_accept_prompt(sampler, token, n_prompt);
    CHECK(shim_decode(ctx, n_prompt, token, pos, seq_id, output) == 0);
    out[0] = '\0';
    int32_t row = n_prompt - 1;
    for (int32_t i = 0; i < N_PREDICT_MAX; i++) {
        token[0] = shim_sampler_sample(sampler, ctx, row);
        if (token[0] < 0 || llama_vocab_is_eog(vocab, token[0])) break;
        char piece[64];
        const int32_t n = llama_token_to_piece(vocab, token[0], piece, sizeof(piece), 0, false);
        CHECK(n >= 0);
        if (strlen(out) + (size_t)n + 1 < out_size) strncat(out, piece, (size_t)n);
        pos[0] = n_prompt + i;
        output[0] = 1;
        CHECK(shim_decode(ctx, 1, token, pos, seq_id, output) == 0);
        row = 0;
    }
    shim_sampler_free(sampler);
}

/* The text of JSON key `key`, unescaped as far as this test needs (\n and \"). */
static void json_text(const char * json, const char * key, char * out) {
    const char * p = strstr(json, key);
    CHECK(p != NULL);
    p = strchr(p + strlen(key), '"') + 1;
    while (*p != '"' && *p != '\0') {
        if (*p == '\\') p++;
        *out++ = *p == 'n' && p[-1] == '\\' ? '\n' : *p;
        p++;
    }
    *out = '\0';
}

static void test_chat(struct llama_model * model, struct llama_context * ctx) {
    CHECK(shim_chat_templates_init(model, "{% if %}", true) == NULL);
    struct shim_chat_templates * templates = shim_chat_templates_init(model, "", true);
    CHECK(templates != NULL);
    char * rendered = shim_chat_apply(
        templates,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of France?\"}]}");
    CHECK(rendered != NULL && strstr(rendered, "<|im_start|>user") != NULL);
    CHECK(shim_chat_apply(templates, "{\"messages\":[{\"content\":\"no role\"}]}") == NULL);
    static char prompt[4096], text[4096], again[4096];
    json_text(rendered, "\"prompt\":", prompt);
    shim_free(rendered);
    char * described = shim_chat_templates_describe(templates);
    CHECK(described != NULL && strstr(described, "\"supports_tools\":true") != NULL);
    shim_free(described);
    shim_chat_templates_free(templates);

    generate(model, ctx, prompt, "{\"temperature\":0}", text, sizeof(text));
    CHECK(strstr(text, "Paris") != NULL);
    generate(
        model, ctx, prompt, "{\"temperature\":0,\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\"}",
        text, sizeof(text));
    CHECK(strcmp(text, "yes") == 0 || strcmp(text, "no") == 0);
    generate(model, ctx, prompt, "{\"temperature\":2,\"seed\":7}", text, sizeof(text));
    generate(model, ctx, prompt, "{\"temperature\":2,\"seed\":7}", again, sizeof(again));
    CHECK(strcmp(text, again) == 0);

    struct shim_chat_parser * parser = shim_chat_parser_init("{\"format\":0,\"parser\":\"\"}");
    CHECK(parser != NULL);
    char * message = shim_chat_parse(parser, "Hello", 5, false);
    CHECK(message != NULL && strstr(message, "\"content\":\"Hello\"") != NULL);
    shim_free(message);
    shim_chat_parser_free(parser);
}

/* What has no file in assets/ to try it with is tested through ffi/; here only that it is there. */
static void test_other_errors(struct llama_model * model, struct llama_context * ctx) {
    int32_t payload[1];
    CHECK(shim_lora_load(model, "/nonexistent.gguf") == NULL);
    CHECK(shim_set_control_vectors(ctx, "{\"vectors\":[{\"path\":\"/none\",\"scale\":1}]}") < 0);
    CHECK(shim_set_control_vectors(ctx, "{\"vectors\":[]}") == 0);
    CHECK(shim_set_threads(ctx, "{\"decode\":{\"cpu_mask\":\"x\"},\"batch\":{}}") == NULL);
    CHECK(shim_sequence_payload_size("/nonexistent.bin") < 0);
    CHECK(shim_sequence_restore(ctx, "/nonexistent.bin", 0, payload, 1) < 0);
    CHECK(shim_sequence_save(ctx, "/dev/null/slot.bin", 0, payload, 0) < 0);
    CHECK(shim_speculation_init(ctx, "{}") == NULL);
    CHECK(shim_speculation_describe("{\"types\":[\"no_such\"]}") == NULL);
}

static void test_probabilities(struct llama_model * model, struct llama_context * ctx) {
    const int32_t token[] = {1}, pos[] = {0}, seq_id[] = {0};
    const int8_t output[] = {1};
    int32_t top_tokens[2];
    float top_probs[2], prob = -1.0f;
    llama_memory_clear(llama_get_memory(ctx), true);
    CHECK(shim_decode(ctx, 1, token, pos, seq_id, output) == 0);
    struct shim_sampler * sampler = shim_sampler_init(model, "{\"temperature\":0}");
    const int32_t sampled = shim_sampler_sample(sampler, ctx, 0);
    CHECK(
        shim_sampler_probabilities(
            sampler, ctx, 0, sampled, false, 2, top_tokens, top_probs, &prob) == 2);
    CHECK(top_tokens[0] == sampled && top_probs[0] == prob && prob > 0.0f && prob <= 1.0f);
    CHECK(!shim_sampler_end_reasoning(sampler));
    shim_sampler_free(sampler);
}

static void test_threads(struct llama_context * ctx, struct shim_threads ** threads) {
    *threads = shim_set_threads(ctx, "{\"decode\":{\"n_threads\":1},\"batch\":{\"n_threads\":2}}");
    CHECK(*threads != NULL);
    CHECK(shim_warmup(ctx) == 0);
}

static void test_speculation(struct llama_context * ctx) {
    struct shim_speculation * speculation =
        shim_speculation_init(ctx, "{\"types\":[\"ngram-simple\"],\"ngram_size_m\":16}");
    CHECK(speculation != NULL && shim_speculation_n_max(speculation) == 16);
    CHECK(shim_speculation_draft_context(speculation) == NULL);
    CHECK(shim_speculation_synth_probability(speculation, 0) < 0.0);
    const int32_t zero[] = {0}, one[] = {1};
    int32_t drafted[16], n_drafted[1] = {-1};
    CHECK(shim_speculation_begin(speculation, 0, one, 1) == 0);
    CHECK(
        shim_speculation_draft(
            speculation, 1, zero, one, one, one, one, one, drafted, 16, n_drafted) == 0);
    CHECK(n_drafted[0] == 0);
    shim_speculation_free(speculation);
}

static void put_u32(uint8_t * p, uint32_t value) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> (8 * i));
}

/* An all-red BMP: the one image format that needs no encoder. Freed by the caller. */
static uint8_t * red_bmp(size_t * n_bytes) {
    *n_bytes = BMP_HEADER + 3 * BMP_SIDE * BMP_SIDE;
    uint8_t * bmp = calloc(1, *n_bytes);
    bmp[0] = 'B';
    bmp[1] = 'M';
    put_u32(bmp + 2, (uint32_t)*n_bytes);
    put_u32(bmp + 10, BMP_HEADER);
    put_u32(bmp + 14, 40);
    put_u32(bmp + 18, BMP_SIDE);
    put_u32(bmp + 22, BMP_SIDE);
    bmp[26] = 1;
    bmp[28] = 24;
    for (size_t i = BMP_HEADER + 2; i < *n_bytes; i += 3) bmp[i] = 255;
    return bmp;
}

static void test_media(struct llama_model * model, const char * mmproj_path) {
    CHECK(shim_mtmd_init("/nonexistent.gguf", model, "{}") == NULL);
    struct mtmd_context * mtmd =
        shim_mtmd_init(mmproj_path, model, "{\"media_marker\":\"<image>\"}");
    CHECK(mtmd != NULL && mtmd_support_vision(mtmd));
    CHECK(shim_bitmap_from_bytes(mtmd, (const uint8_t *)"no picture", 10) == NULL);
    size_t n_bytes;
    uint8_t * bmp = red_bmp(&n_bytes);
    double size[3];
    shim_media_size(bmp, n_bytes, size);
    CHECK(size[0] == BMP_SIDE && size[1] == BMP_SIDE && size[2] == 0.0);
    struct mtmd_bitmap * bitmap = shim_bitmap_from_bytes(mtmd, bmp, n_bytes);
    CHECK(bitmap != NULL && mtmd_bitmap_get_nx(bitmap) == BMP_SIDE);
    struct mtmd_input_chunks * chunks = mtmd_input_chunks_init();
    const struct mtmd_bitmap * bitmaps[] = {bitmap};
    CHECK(shim_mtmd_tokenize(mtmd, chunks, "a<image>b", 9, false, bitmaps, 1) == 0);
    CHECK(mtmd_input_chunks_size(chunks) == 3);
    const struct mtmd_input_chunk * image = mtmd_input_chunks_get(chunks, 1);
    CHECK(mtmd_encode_chunk(mtmd, image) == 0 && mtmd_get_output_embd(mtmd) != NULL);
    mtmd_input_chunks_free(chunks);
    chunks = mtmd_input_chunks_init();
    CHECK(shim_mtmd_tokenize(mtmd, chunks, "no marker", 9, false, bitmaps, 1) != 0);
    mtmd_input_chunks_free(chunks);
    mtmd_bitmap_free(bitmap);
    free(bmp);
    mtmd_free(mtmd);
}

/* Writing is tested through ffi/: here only that a model can be judged, and that one is refused. */
static void test_quantize(const char * model_path) {
    int32_t progress[2], code;
    CHECK(shim_quantize_start(model_path, "", "not json") == NULL);
    struct shim_quantization * copy = shim_quantize_start(model_path, "", "{\"dry_run\":true}");
    CHECK(copy != NULL);
    while ((code = shim_quantize_poll(copy, progress)) == 0) continue;
    CHECK(code == 1 && progress[0] > 0 && progress[0] == progress[1]);
    shim_quantize_free(copy);
    struct shim_quantization * none = shim_quantize_start("/nonexistent.gguf", "", "{}");
    while ((code = shim_quantize_poll(none, progress)) == 0) continue;
    CHECK(code == -1 && strlen(shim_last_error()) > 0);
    shim_quantize_free(none);
}

int main(int argc, char ** argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: shim-test LIBRARY_DIR MODEL MMPROJ\n");
        return 2;
    }
    CHECK(shim_init(argv[1], GGML_LOG_LEVEL_CONT) >= 1);
    test_errors(argv[2]);
    struct llama_model * model = shim_model_load(argv[2], "{}", on_progress, NULL);
    CHECK(model != NULL);
    CHECK(last_progress == 1.0f);
    CHECK(shim_context_init(model, "{\"flash_attn\":\"maybe\"}") == NULL);
    struct llama_context * ctx =
        shim_context_init(model, "{\"n_ctx\":512,\"n_threads\":1,\"kv_unified\":true}");
    CHECK(ctx != NULL && llama_n_ctx(ctx) == 512);
    if (model == NULL || ctx == NULL) return 1;
    test_sampler_errors(model);
    test_chat(model, ctx);
    test_media(model, argv[3]);
    test_other_errors(model, ctx);
    test_probabilities(model, ctx);
    test_speculation(ctx);
    test_quantize(argv[2]);
    struct shim_threads * threads = NULL;
    test_threads(ctx, &threads);
    char * memory = shim_memory(ctx);
    CHECK(memory != NULL && strstr(memory, "\"compute\"") != NULL);
    shim_free(memory);
    llama_free(ctx);
    shim_threads_free(threads);
    llama_model_free(model);
    printf(n_failed == 0 ? "shim-test: all passed\n" : "shim-test: %d failed\n", n_failed);
    return n_failed == 0 ? 0 : 1;
}

// How a sampler is described; shared by the sampler's two translation units.
#pragma once

#include "common.h"
#include "json.h"

namespace shim {

// What shim_sampler_init's options say. Throws for values out of range and unknown names.
common_params_sampling sampling_params(const common_json & options, const llama_vocab * vocab);

// True when no sampler of the chain can prefer another token to the likeliest one.
bool is_greedy(const common_params_sampling & params);

} // namespace shim

// How a sampler is described; shared by the sampler's translation units.
#pragma once

#include "common.h"
#include "json.h"

namespace shim {

// What shim_sampler_init's options say. Throws for values out of range and unknown names.
common_params_sampling sampling_params(const common_json & options, const llama_vocab * vocab);

// True when no sampler of the chain can prefer another token to the likeliest one.
bool is_greedy(const common_params_sampling & params);

// How many of the likeliest tokens the chain looks at, whatever the others are; 0: at all.
int32_t n_looked_at(const common_params_sampling & params);

// True when no sampler of the chain minds whether tokens that cannot be chosen are there.
bool ignores_rejected(const common_params_sampling & params);

// Somebody has to know when the model thinks: to end it, or because a lazy grammar must not be
// triggered then.
bool watches_reasoning(const common_params_sampling & params);

} // namespace shim

// A map that forgets what was not asked for for longest.
#pragma once

#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace shim {

template <typename Key, typename Value, typename Hash = std::hash<Key>> class least_recent {
public:
    // NULL where there is none. Valid until the next call.
    Value * find(const Key & key) {
        const auto known = places.find(key);
        if (known == places.end()) return nullptr;
        entries.splice(entries.begin(), entries, known->second);
        return &entries.front().second;
    }

    Value & insert(const Key & key, Value value) {
        erase(key);
        entries.push_front({key, std::move(value)});
        places[key] = entries.begin();
        return entries.front().second;
    }

    void erase(const Key & key) {
        const auto known = places.find(key);
        if (known == places.end()) return;
        entries.erase(known->second);
        places.erase(known);
    }

    void erase_oldest() {
        if (!entries.empty()) erase(Key(entries.back().first));
    }

    void clear() {
        entries.clear();
        places.clear();
    }

    size_t size() const { return entries.size(); }
    const std::list<std::pair<Key, Value>> & all() const { return entries; }

private:
    std::list<std::pair<Key, Value>> entries; // the last used first
    std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator, Hash> places;
};

} // namespace shim

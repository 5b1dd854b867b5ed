#include "tools/top/rates.h"

#include <nlohmann/json.hpp>

namespace fenceline::top {
namespace {

using Json = nlohmann::ordered_json;

double number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

Json member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() ? *found : Json();
}

/// The entry of the older list that is of the same one; null: there was none.
const Json* same(const Json& list, const Json& entry, const char* key) {
  for (const Json& other : list)
    if (other.is_object() && member(other, key) == member(entry, key))
      return &other;
  return nullptr;
}

void rate(Json& now, const Json& before, const char* list, const char* key, const char* frames, double seconds) {
  const Json old = member(before, list);
  if (!old.is_array() || !member(now, list).is_array())
    return;
  for (Json& entry : now[list]) {
    const Json* was = entry.is_object() ? same(old, entry, key) : nullptr;
    // Counts that have become smaller are another's: of a display that was plugged anew.
    if (!was || number(entry, frames) < number(*was, frames))
      continue;
    entry["fps"] = (number(entry, frames) - number(*was, frames)) / seconds;
    entry["copied-per-second"] =
        std::max(0.0, sum_of(member(entry, "copied")) - sum_of(member(*was, "copied"))) / seconds;
    if (entry.contains("missed"))
      entry["missed-since"] = std::max(0.0, sum_of(entry["missed"]) - sum_of(member(*was, "missed")));
  }
}

} // namespace

double sum_of(const Json& counts) {
  double sum = 0;
  if (counts.is_object())
    for (const Json& count : counts)
      sum += count.is_number() ? count.get<double>() : 0;
  return sum;
}

Json with_rates(Json now, const Json& before) {
  if (!now.is_object() || !before.is_object())
    return now;
  const double seconds = (number(now, "time-ms") - number(before, "time-ms")) / 1e3;
  if (seconds <= 0)
    return now;
  now["seconds"] = seconds;
  rate(now, before, "outputs", "name", "frames", seconds);
  rate(now, before, "clients", "client", "presented", seconds);
  return now;
}

} // namespace fenceline::top

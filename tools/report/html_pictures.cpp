#include "tools/report/html_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "compositor/trace/name_book.h"

namespace fenceline::report {

namespace {

double ms(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

/// 1, 2 or 5 times a power of ten: the shortest one that cuts `whole` into no more than `parts`.
double round_step(double whole, int parts) {
  const double least = std::max(whole / parts, 1e-6);
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least)
      return factor * power;
  return 10 * power;
}

// Of a histogram, px.
constexpr double wide = 360, high = 120, left = 8, bottom = 18, top = 6;
constexpr std::size_t most_columns = 48;

// Of a timeline, px.
constexpr double lane_high = 18, lane_gap = 6, names_wide = 130, line_wide = 1000;

/// The lanes of a timeline, and where a time lies on it.
class Lanes {
 public:
  Lanes(TimePoint from, TimePoint to) : from_(from), to_(std::max(to, from + Nanoseconds(1))) {}
  [[nodiscard]] double x(TimePoint time) const {
    const double share = static_cast<double>((time - from_).count()) / static_cast<double>((to_ - from_).count());
    return names_wide + line_wide * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] static double y(std::size_t lane) {
    return lane_gap + static_cast<double>(lane) * (lane_high + lane_gap);
  }
  [[nodiscard]] double length() const { return ms(to_ - from_); }
  [[nodiscard]] TimePoint from() const { return from_; }

 private:
  TimePoint from_, to_;
};

/// From one station to the next; `what` is told when the pointer rests on it.
void bar(std::string& out, const Lanes& lanes, std::size_t lane, TimePoint from, TimePoint to, std::string_view kind,
         const std::string& what) {
  const double x0 = lanes.x(from), x1 = std::max(lanes.x(to), x0 + 1.5);
  add(out, R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.0f}"><title>{}</title></rect>)", kind,
      x0, Lanes::y(lane), x1 - x0, lane_high, what);
}

void upright(std::string& out, const Lanes& lanes, std::size_t lane_count, TimePoint when, std::string_view kind) {
  add(out, R"(<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="0" y2="{:.0f}"/>)", kind, lanes.x(when), lanes.x(when),
      Lanes::y(lane_count));
}

std::string name_of(const Report& report, ClientId id) {
  const auto found = std::find_if(report.clients.begin(), report.clients.end(),
                                  [id](const ClientReport& client) { return client.id == id; });
  return found == report.clients.end() ? fmt::format("#{}", static_cast<unsigned>(id)) : escaped(found->name, 18);
}

void frame_bars(std::string& out, const Lanes& lanes, const FrameLine& frame, std::span<const ClientId> clients) {
  const RecordedFrame& t = frame.times;
  const auto number = static_cast<std::uint64_t>(frame.frame);
  for (const UpdateLine& update : frame.updates) {
    const auto lane = static_cast<std::size_t>(
        std::distance(clients.begin(), std::find(clients.begin(), clients.end(), update.client)));
    if (update.commit.ns == 0 || lane == clients.size())
      continue;
    const TimePoint ready = std::max(update.commit, update.fence);
    bar(out, lanes, lane, update.commit, ready, "client",
        update.fence.ns != 0
            ? fmt::format("frame {}: commit, its fence {:.3f} ms after it", number, ms(ready - update.commit))
            : fmt::format("frame {}: commit", number));
  }
  const std::size_t session = clients.size(), display = session + 1;
  if (t.latch_begin.ns != 0 && t.submit.ns != 0) {
    const bool composed = t.compose_begin.ns != 0 && t.compose_end.ns != 0;
    bar(out, lanes, session, t.latch_begin, t.submit, "session",
        fmt::format("frame {}: latch to commit, {:.3f} ms", number, ms(t.submit - t.latch_begin)));
    if (composed)
      bar(out, lanes, session, t.compose_begin, t.compose_end, "compose",
          fmt::format("frame {}: composed in {:.3f} ms", number, ms(t.compose_end - t.compose_begin)));
  }
  if (t.submit.ns != 0)
    bar(out, lanes, display, t.submit, t.flip,
        frame.blanks != 0 ? "missed"
        : number % 2 == 0 ? "even"
                          : "odd",
        frame.blanks != 0 ? fmt::format("frame {}: {} blank{} late ({})", number, frame.blanks,
                                        frame.blanks == 1 ? "" : "s", name(frame.cause))
                          : fmt::format("frame {}: commit to flip, {:.3f} ms", number, ms(t.flip - t.submit)));
}

} // namespace

std::string escaped(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : printable(std::string(text), most))
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  return out;
}

std::string histogram_picture(const Histogram& of, std::string_view title) {
  if (of.count() == 0)
    return {};
  const double end = std::max(ms(of.quantile(0.995)), 0.01), step = round_step(end, 5);
  const double last = std::ceil(end / step) * step;
  std::vector<std::uint64_t> columns(most_columns);
  std::uint64_t above = 0;
  of.each([&](Nanoseconds low, Nanoseconds, std::uint64_t count) {
    const double at = ms(low);
    if (at > last)
      above += count;
    else
      columns[std::min(most_columns - 1, static_cast<std::size_t>(at / last * most_columns))] += count;
  });
  const auto most = static_cast<double>(*std::max_element(columns.begin(), columns.end()));
  std::string out;
  add(out, R"(<figure><figcaption>{}</figcaption><svg viewBox="0 0 {:.0f} {:.0f}" role="img">)", escaped(title),
      wide + 2 * left, top + high + bottom);
  const double column_wide = wide / most_columns;
  for (std::size_t i = 0; i < most_columns; ++i) {
    if (columns[i] == 0)
      continue;
    const double tall = std::max(1.0, high * static_cast<double>(columns[i]) / std::max(most, 1.0));
    add(out,
        R"(<rect class="column" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{:.3f} to {:.3f} ms: {}</title></rect>)",
        left + static_cast<double>(i) * column_wide, top + high - tall, column_wide - 0.5, tall,
        last * static_cast<double>(i) / most_columns, last * static_cast<double>(i + 1) / most_columns, columns[i]);
  }
  for (double at = 0; at <= last * 1.001; at += step)
    add(out, R"(<text x="{:.1f}" y="{:.0f}" text-anchor="{}">{:g}</text>)", left + wide * at / last, top + high + 13,
        at == 0                ? "start"
        : at > last - step / 2 ? "end"
                               : "middle",
        at);
  const double median = left + wide * std::min(ms(of.quantile(0.5)) / last, 1.0);
  add(out, R"(<line class="median" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1:.0f}"/></svg>)", median, top + high);
  add(out, "<p>{} values, in ms: p50 {:.3f}, p95 {:.3f}, p99 {:.3f}, max {:.3f}", of.count(), ms(of.quantile(0.5)),
      ms(of.quantile(0.95)), ms(of.quantile(0.99)), ms(of.greatest()));
  if (above != 0)
    add(out, "; {} beyond the picture", above);
  out += "</p></figure>\n";
  return out;
}

std::string timeline_picture(const Report& report, std::span<const FrameLine> frames, std::string_view title) {
  if (frames.empty())
    return {};
  std::vector<ClientId> clients;
  TimePoint from = frames.front().times.flip, to = frames.back().times.flip;
  for (const FrameLine& frame : frames) {
    for (const TimePoint station : {frame.times.latch_begin, frame.times.submit})
      from = station.ns != 0 ? std::min(from, station) : from;
    for (const UpdateLine& update : frame.updates) {
      // What was committed long before is cut off at the edge.
      if (update.commit.ns != 0 && frames.front().times.flip - update.commit < 3 * frame.times.refresh)
        from = std::min(from, update.commit);
      if (std::find(clients.begin(), clients.end(), update.client) == clients.end())
        clients.push_back(update.client);
    }
  }
  const Lanes lanes(from, to);
  const std::size_t count = clients.size() + 2;
  std::string out;
  add(out, R"(<figure class="wide"><figcaption>{}</figcaption><svg viewBox="0 0 {:.0f} {:.0f}" role="img">)",
      escaped(title, 200), names_wide + line_wide + 10, Lanes::y(count) + 20);
  for (std::size_t lane = 0; lane < count; ++lane) {
    const std::string who = lane < clients.size()    ? name_of(report, clients[lane])
                            : lane == clients.size() ? "the session"
                                                     : "the display";
    add(out, R"(<text x="0" y="{:.0f}">{}</text>)", Lanes::y(lane) + 13, who);
  }
  for (const FrameLine& frame : frames) {
    if (frame.times.aimed.ns != 0)
      upright(out, lanes, count, frame.times.aimed, "blank");
    if (frame.blanks != 0)
      upright(out, lanes, count, frame.times.flip, "late");
    frame_bars(out, lanes, frame, clients);
  }
  const double step = round_step(lanes.length(), 10);
  for (double at = 0; at <= lanes.length(); at += step)
    add(out, R"(<text x="{:.1f}" y="{:.0f}" text-anchor="middle">{:g}</text>)",
        lanes.x(lanes.from() + Nanoseconds(static_cast<std::int64_t>(at * 1e6))), Lanes::y(count) + 14, at);
  out += "</svg></figure>\n";
  return out;
}

} // namespace fenceline::report

#include "compositor/app/screenshots.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "compositor/app/png_writer.h"
#include "compositor/base/transform.h"
#include "compositor/output/capture.h"

namespace fenceline {

struct Screenshots::Job {
  struct Piece {
    Point at;
    Transform transform = Transform::Normal;
    std::optional<Capture> capture;
  };
  std::vector<Piece> pieces;
  std::size_t missing = 0;
  std::string path;
  std::function<void()> taken;
  std::function<void(Result<void>)> written;
  std::optional<Error> error;
  Result<void> result;
};

namespace {

/// The pieces in one picture, black between them.
template <class Pieces>
Result<void> write_pieces(const Pieces& pieces, const std::string& path) {
  if (pieces.size() == 1)
    return write_png(path, turned(inverse(pieces.front().transform), pieces.front().capture->size),
                     upright(*pieces.front().capture, pieces.front().transform));
  Point low{std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max()};
  Point high{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::min()};
  for (const auto& piece : pieces) {
    const Size size = turned(inverse(piece.transform), piece.capture->size);
    low = {std::min(low.x, piece.at.x), std::min(low.y, piece.at.y)};
    high = {std::max(high.x, piece.at.x + size.width), std::max(high.y, piece.at.y + size.height)};
  }
  const Size whole{high.x - low.x, high.y - low.y};
  constexpr std::int64_t most = std::int64_t{1} << 28; // pixels, 1 GiB: displays that are placed far from each other
  if (std::int64_t{whole.width} * whole.height > most)
    return Error{"the displays are too far from each other for one picture: take one of each", 0};
  std::vector<std::uint32_t> canvas(static_cast<std::size_t>(whole.width) * static_cast<std::size_t>(whole.height));
  for (const auto& piece : pieces) {
    const std::vector<std::uint32_t> pixels = upright(*piece.capture, piece.transform);
    const auto width = static_cast<std::size_t>(turned(inverse(piece.transform), piece.capture->size).width);
    const Point at = piece.at - low;
    for (std::size_t row = 0; row * width < pixels.size(); ++row)
      std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(row * width), width,
                  canvas.begin() + (at.y + static_cast<std::ptrdiff_t>(row)) * whole.width + at.x);
  }
  return write_png(path, whole, canvas);
}

} // namespace

void Screenshots::take(std::span<const Part> parts, const std::string& path, WhenBusy when_busy,
                       std::function<void()> taken, std::function<void(Result<void>)> written) {
  std::optional<Error> refusal;
  if (when_busy == WhenBusy::Refuse && !under_way_.expired())
    refusal = Error{"the one before is still being taken", EBUSY};
  else if (parts.empty())
    refusal = Error{"there is no output", 0};
  if (refusal) {
    taken();
    return refuse(*refusal, written);
  }
  const auto job = std::make_shared<Job>();
  under_way_ = job;
  job->path = path;
  job->taken = std::move(taken);
  job->written = std::move(written);
  job->missing = parts.size();
  for (const Part& part : parts)
    job->pieces.push_back({part.at, part.transform, std::nullopt});
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Result<void> started =
        parts[i].output->capture([this, job, i](Result<Capture> capture) { captured(job, i, std::move(capture)); });
    if (!started)
      captured(job, i, started.error());
  }
}

void Screenshots::captured(const std::shared_ptr<Job>& job, std::size_t part, Result<Capture> capture) {
  if (capture)
    job->pieces[part].capture = std::move(*capture);
  else if (!job->error)
    job->error = capture.error();
  if (--job->missing > 0)
    return;
  job->taken();
  if (job->error)
    refuse(*job->error, job->written);
  else
    write(job);
}

void Screenshots::write(const std::shared_ptr<Job>& job) {
  // Told by the thread itself: at the end of the session nobody comes back for it.
  const auto work = [this, job] {
    job->result = write_pieces(job->pieces, job->path);
    if (job->result)
      log_.info("screenshot written to {}", job->path);
    else
      log_.error("{}", job->result.error().text());
  };
  if (const Result<void> posted = thread_.post(work, [job] { job->written(job->result); }); !posted)
    refuse(posted.error(), job->written);
}

void Screenshots::refuse(const Error& error, const std::function<void(Result<void>)>& written) {
  log_.error("no screenshot: {}", error.text());
  written(error);
}

} // namespace fenceline

#include <fstream>
#include <vector>

#include "tools/command_line.h"
#include "tools/report/compare.h"
#include "tools/report/html_page.h"
#include "tools/report/report_text.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Tells from a Fenceline trace how long each step of the frames took, which were missed and why, and what was\n"
      "copied. Older parts of the same session (TRACE.1, TRACE.2, ...) are read with it."};
  app.name("fenceline-report");
  std::string path;
  bool json = false;
  std::string page;
  std::vector<std::string> two;
  auto* trace = app.add_option("TRACE", path, "The file that fenceline --trace wrote");
  auto* compare = app.add_option("--compare", two, "Print the figures of two traces side by side")
                      ->expected(2)
                      ->type_name("A B")
                      ->excludes(trace);
  auto* as_object = app.add_flag("--json", json, "Print one JSON object instead of text");
  app.add_option("--html", page,
                 "Write a page with pictures to this file, which needs nothing else; - is standard output")
      ->type_name("FILE")
      ->excludes(compare)
      ->excludes(as_object);
  return fenceline::run_command_line(app, argc, argv, [&]() -> fenceline::Result<std::string> {
    if (compare->count() != 0) {
      const auto a = fenceline::report::read_trace(two[0]);
      if (!a)
        return a.error();
      const auto b = fenceline::report::read_trace(two[1]);
      if (!b)
        return b.error();
      const auto of_a = fenceline::report::make_report(*a), of_b = fenceline::report::make_report(*b);
      return json ? fenceline::report::comparison_as_json({of_a, two[0]}, {of_b, two[1]})
                  : fenceline::report::comparison_as_text({of_a, two[0]}, {of_b, two[1]});
    }
    if (trace->count() == 0)
      return fenceline::Error{"TRACE is required, or --compare A B", 0};
    const auto read = fenceline::report::read_trace(path);
    if (!read)
      return read.error();
    const auto report = fenceline::report::make_report(*read);
    if (page.empty())
      return json ? as_json(report, path) : as_text(report, path);
    std::string text = as_html(report, path);
    if (page == "-")
      return text;
    std::ofstream file(page, std::ios::binary);
    if (!(file << text << std::flush))
      return fenceline::Error::from_errno("cannot write " + page);
    return std::string();
  });
}

#include "compositor/config/config_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "compositor/base/epoll_loop.h"

namespace fenceline::test {
namespace {

/// A folder of its own with the variables that name it.
class ConfigFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "fenceline-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    ::setenv("XDG_CONFIG_HOME", (folder / "home").c_str(), 1);
    ::setenv("XDG_CONFIG_DIRS", (folder / "one:relative:").string().append((folder / "two").string()).c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] std::filesystem::path in(const char* part) const { return folder / part / "fenceline/fenceline.toml"; }

  std::filesystem::path folder;
};

TEST_F(ConfigFileTest, IsLookedForAtHomeFirstThenInTheSystemsFoldersInTheirOrder) {
  EXPECT_EQ(find_config_file(), std::nullopt);
  write(in("two"), "");
  EXPECT_EQ(find_config_file(), in("two").string());
  write(in("one"), "");
  EXPECT_EQ(find_config_file(), in("one").string());
  write(in("home"), "");
  EXPECT_EQ(find_config_file(), in("home").string());
}

TEST_F(ConfigFileTest, IsReadWithItsNameInEachComplaint) {
  write(in("home"), "[renderer]\nvalidation = true\n");
  const Result<Config> right = load_config(in("home").string());
  ASSERT_TRUE(right) << right.error().text();
  EXPECT_TRUE(right->renderer.validation);
  write(in("home"), "x = 1\n");
  const Result<Config> wrong = load_config(in("home").string());
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text(), in("home").string() + ":1:1: unknown key `x`");
}

TEST_F(ConfigFileTest, ThatIsNotThereOrNoFileOrTooLargeIsOneLine) {
  EXPECT_NE(load_config((folder / "none").string()).error().text().find("cannot read the configuration"),
            std::string::npos);
  EXPECT_NE(load_config(folder.string()).error().text().find("is no file"), std::string::npos);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_NE(load_config((folder / "pipe").string()).error().text().find("is no file"), std::string::npos);
  write(folder / "large", std::string((1U << 20) + 1, '#'));
  EXPECT_NE(load_config((folder / "large").string()).error().text().find("larger than 1 MiB"), std::string::npos);
}

class ConfigWatchTest : public ConfigFileTest {
 protected:
  void SetUp() override {
    ConfigFileTest::SetUp();
    write(in("home"), "");
    auto made = EpollLoop::create();
    ASSERT_TRUE(made);
    loop = std::move(*made);
    begin({in("home").string()});
  }
  void begin(const std::vector<std::string>& files) {
    auto watching = ConfigWatch::create(*loop, files, [this] { ++changes; });
    ASSERT_TRUE(watching) << watching.error().text();
    watch = std::move(*watching);
  }
  /// What has happened is in the kernel's queue already: nothing is waited for.
  void look() { loop->dispatch(0); }

  std::unique_ptr<EpollLoop> loop;
  std::unique_ptr<ConfigWatch> watch;
  int changes = 0;
};

TEST_F(ConfigWatchTest, TellsOnceOfAFileThatIsWritten) {
  write(in("home"), "# changed");
  look();
  EXPECT_EQ(changes, 1);
  look();
  EXPECT_EQ(changes, 1);
}

TEST_F(ConfigWatchTest, TellsOfAFileThatIsPutInItsPlaceAgainAndAgain) {
  for (int i = 1; i <= 3; ++i) {
    write(in("home").string() + ".new", "# another");
    std::filesystem::rename(in("home").string() + ".new", in("home"));
    look();
    EXPECT_EQ(changes, i);
  }
}

TEST_F(ConfigWatchTest, SaysNothingOfOtherFilesInTheFolder) {
  write(in("home").parent_path() / "other", "x");
  write(in("home").parent_path() / "fenceline.toml~", "x");
  look();
  EXPECT_EQ(changes, 0);
}

TEST_F(ConfigWatchTest, TellsOfAFileThatIsMadeLaterWithItsFolders) {
  std::filesystem::remove_all(folder / "home");
  look();
  changes = 0;
  begin(config_files());
  std::filesystem::create_directories(folder / "home/other");
  look();
  std::filesystem::create_directories(in("home").parent_path());
  look();
  write(in("home").parent_path() / "other", "x");
  look();
  EXPECT_EQ(changes, 0);
  write(in("home"), "# there");
  look();
  EXPECT_EQ(changes, 1);
  write(in("two"), "# there too");
  look();
  EXPECT_EQ(changes, 2) << "all at once: the folders and the file";
  write(in("two"), "# and again");
  look();
  EXPECT_EQ(changes, 3);
}

TEST_F(ConfigWatchTest, GoesOnWhenTheFolderGoesAndIsMadeAnew) {
  for (int i = 1; i <= 2; ++i) {
    std::filesystem::remove_all(in("home").parent_path());
    look();
    write(in("home"), "# back");
    look();
    EXPECT_EQ(changes, i);
  }
  std::filesystem::rename(in("home").parent_path(), folder / "away");
  look();
  write(folder / "away/fenceline.toml", "# nobody's");
  look();
  EXPECT_EQ(changes, 2);
  std::filesystem::rename(folder / "away", in("home").parent_path());
  look();
  EXPECT_EQ(changes, 3) << "moved into place, with the file in it";
}

TEST_F(ConfigWatchTest, OfSeveralFilesThoseThatCanBeWatchedAre) {
  begin({in("home").string(), "/proc/self/fd/none/x/fenceline.toml"});
  write(in("home"), "# changed");
  look();
  EXPECT_GE(changes, 1);
}

} // namespace
} // namespace fenceline::test

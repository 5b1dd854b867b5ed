#include "compositor/input/keymap.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <string_view>

namespace fenceline {
namespace {

class KeymapTest : public ::testing::Test {
 protected:
  KeymapTest() : keymap(std::move(*Keymap::create())) {}
  Keymap keymap;
};

TEST_F(KeymapTest, TheFileIsSealedAndOpenForReadingOnly) {
  constexpr int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  EXPECT_EQ(::fcntl(keymap.fd(), F_GET_SEALS) & wanted, wanted);
  EXPECT_EQ(::fcntl(keymap.fd(), F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_NE(::fcntl(keymap.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(KeymapTest, TheFileCanBeMappedSharedAsOldClientsDo) {
  void* memory = ::mmap(nullptr, keymap.size(), PROT_READ, MAP_SHARED, keymap.fd(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  const std::string_view text(static_cast<const char*>(memory), keymap.size());
  EXPECT_EQ(text.substr(0, 10), "xkb_keymap");
  EXPECT_EQ(text.find('\0'), text.size() - 1) << "one NUL, at the end, counted";
  ::munmap(memory, keymap.size());
}

TEST_F(KeymapTest, TheSizeIsTheFiles) {
  struct stat facts {};
  ASSERT_EQ(::fstat(keymap.fd(), &facts), 0);
  EXPECT_EQ(facts.st_size, keymap.size());
}

TEST_F(KeymapTest, ModifiersFollowTheKeys) {
  EXPECT_EQ(keymap.modifiers(), Modifiers{});
  EXPECT_EQ(keymap.update(KEY_LEFTSHIFT, true).depressed, 1U);
  EXPECT_TRUE(keymap.active(XKB_MOD_NAME_SHIFT));
  EXPECT_EQ(keymap.symbol(KEY_A), static_cast<xkb_keysym_t>(XKB_KEY_A));
  EXPECT_EQ(keymap.update(KEY_LEFTSHIFT, false), Modifiers{});
  EXPECT_EQ(keymap.symbol(KEY_A), static_cast<xkb_keysym_t>(XKB_KEY_a));
  keymap.update(KEY_CAPSLOCK, true);
  EXPECT_EQ(keymap.update(KEY_CAPSLOCK, false).locked, 2U) << "it stays after the key";
}

} // namespace
} // namespace fenceline

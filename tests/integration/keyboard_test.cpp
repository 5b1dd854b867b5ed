#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class KeyboardTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
  }
};

ino_t inode(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 ? facts.st_ino : 0;
}

TEST_F(KeyboardTest, ANewKeyboardHearsOfTheLayoutTheRepeatsAndTheFocusInThisOrder) {
  a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  pump();
  EXPECT_EQ(keyboard.take(), "keymap 1; repeat 25/600; enter a []; mods 0,0,0,0; ");
  KeyboardObject& background = b->keyboard();
  pump();
  EXPECT_EQ(background.take(), "keymap 1; repeat 25/600; ");
}

TEST_F(KeyboardTest, RepeatInfoCameWithVersion4) {
  for (std::uint32_t version = 1; version <= 9; ++version) {
    KeyboardObject& keyboard = a->keyboard(version);
    pump();
    EXPECT_EQ(keyboard.take(), version < 4 ? "keymap 1; " : "keymap 1; repeat 25/600; ") << version;
  }
}

TEST_F(KeyboardTest, TheKeymapIsOneSealedFileThatIsOnlyForReading) {
  ino_t first = 0;
  for (std::uint32_t version = 1; version <= 9; ++version) {
    const KeyboardObject& keyboard = (version % 2 == 0 ? a : b)->keyboard(version);
    pump();
    const int fd = keyboard.keymap.get();
    ASSERT_GE(fd, 0) << version;
    constexpr int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    EXPECT_EQ(::fcntl(fd, F_GET_SEALS) & seals, seals) << version;
    EXPECT_EQ(::fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY) << version;
    if (first == 0)
      first = inode(fd);
    EXPECT_EQ(inode(fd), first) << "nobody's own copy, version " << version;
    // From version 7 on clients map it privately, older ones may map it shared (wl_keyboard.keymap).
    void* memory = ::mmap(nullptr, keyboard.keymap_size, PROT_READ, version >= 7 ? MAP_PRIVATE : MAP_SHARED, fd, 0);
    ASSERT_NE(memory, MAP_FAILED) << version;
    const std::string_view text(static_cast<const char*>(memory), keyboard.keymap_size);
    EXPECT_EQ(text.substr(0, 10), "xkb_keymap");
    EXPECT_EQ(text.back(), '\0');
    ::munmap(memory, keyboard.keymap_size);
    EXPECT_EQ(::mmap(nullptr, keyboard.keymap_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    // Its owner could open the file anew for writing, if the seals let it write.
    const UniqueFd again(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC));
    if (again.valid()) {
      EXPECT_EQ(::write(again.get(), "x", 1), -1);
      EXPECT_EQ(errno, EPERM);
      EXPECT_EQ(::ftruncate(again.get(), 0), -1);
    }
  }
}

TEST_F(KeyboardTest, KeysGoToTheFocusWithTheModifiersAfterThem) {
  a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  KeyboardObject& other = b->keyboard();
  pump();
  keyboard.take();
  other.take();
  input.key(KEY_A, true);
  pump();
  EXPECT_EQ(keyboard.time, input.milliseconds());
  input.key(KEY_A, false);
  input.key(KEY_LEFTSHIFT, true);
  input.key(KEY_CAPSLOCK, true);
  pump();
  EXPECT_EQ(keyboard.take(), "+30; -30; +42; mods 1,0,0,0; +58; mods 3,0,2,0; ");
  EXPECT_EQ(other.take(), "") << "none of the other's business";
}

TEST_F(KeyboardTest, EachEventHasANewSerial) {
  a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  pump();
  EXPECT_EQ(keyboard.modifiers_serial, keyboard.enter_serial) << "the modifiers of an enter belong to it";
  input.key(KEY_LEFTSHIFT, true);
  pump();
  EXPECT_GT(keyboard.key_serial, keyboard.enter_serial);
  EXPECT_GT(keyboard.modifiers_serial, keyboard.key_serial);
  b->window("b");
  pump();
  EXPECT_GT(keyboard.leave_serial, keyboard.modifiers_serial);
}

TEST_F(KeyboardTest, TheFocusTakesWhatIsHeldAlong) {
  a->window("a");
  KeyboardObject& left = a->keyboard();
  KeyboardObject& right = b->keyboard();
  pump();
  input.key(KEY_LEFTCTRL, true);
  input.key(KEY_C, true);
  pump();
  left.take();
  right.take();
  b->window("b");
  pump();
  EXPECT_EQ(left.take(), "leave a; ");
  EXPECT_EQ(right.take(), "enter b [29 46]; mods 4,0,0,0; ");
  input.key(KEY_C, false);
  pump();
  EXPECT_EQ(left.take(), "");
  EXPECT_EQ(right.take(), "-46; ");
}

TEST_F(KeyboardTest, BetweenWindowsOfOneClientThereIsALeaveToo) {
  const ShownWindow& first = a->window("first");
  KeyboardObject& keyboard = a->keyboard();
  a->window("second");
  pump();
  keyboard.take();
  server.desktop.clicked(a->scene_surface(first.surface).id());
  pump();
  EXPECT_EQ(keyboard.take(), "leave second; enter first []; mods 0,0,0,0; ");
}

TEST_F(KeyboardTest, KeysThatNobodyHearsAreInTheNextEnter) {
  KeyboardObject& keyboard = a->keyboard();
  pump();
  keyboard.take();
  input.key(KEY_A, true);
  input.key(KEY_B, true);
  input.key(KEY_B, false);
  pump();
  EXPECT_EQ(keyboard.take(), "");
  a->window("a");
  pump();
  EXPECT_EQ(keyboard.take(), "enter a [30]; mods 0,0,0,0; ");
  input.key(KEY_A, false);
  pump();
  EXPECT_EQ(keyboard.take(), "-30; ");
}

TEST_F(KeyboardTest, AKeyboardThatIsMadeLateHearsWhatIsHeldNow) {
  a->window("a");
  KeyboardObject& early = a->keyboard();
  pump();
  input.key(KEY_A, true);
  input.key(KEY_B, true);
  input.key(KEY_A, false);
  input.key(KEY_LEFTSHIFT, true);
  pump();
  KeyboardObject& late = a->keyboard();
  pump();
  EXPECT_EQ(late.take(), "keymap 1; repeat 25/600; enter a [48 42]; mods 1,0,0,0; ");
  early.take();
  input.key(KEY_B, false);
  pump();
  EXPECT_EQ(early.take(), "-48; ");
  EXPECT_EQ(late.take(), "-48; ") << "both";
}

TEST_F(KeyboardTest, ADestroyedWindowIsLeftBeforeItGoes) {
  a->window("below");
  ShownWindow& top = a->window("top");
  KeyboardObject& keyboard = a->keyboard();
  pump();
  keyboard.take();
  // In the order that the protocol wants: the role goes first, and with it the focus, while the surface has a name.
  a->drop(top.toplevel, xdg_toplevel_destroy);
  pump();
  EXPECT_EQ(keyboard.take(), "leave top; enter below []; mods 0,0,0,0; ");
  a->drop(top.xdg, xdg_surface_destroy);
  a->destroy(top.surface);
  input.key(KEY_A, true);
  pump();
  EXPECT_EQ(keyboard.take(), "+30; ");
  expect_alive();
}

TEST_F(KeyboardTest, AFocusedClientThatDiesGivesTheKeyboardToTheNext) {
  b->window("b");
  KeyboardObject& keyboard = b->keyboard();
  a->window("a");
  a->keyboard();
  pump();
  keyboard.take();
  input.key(KEY_A, true);
  a.reset();
  pump();
  EXPECT_EQ(keyboard.take(), "enter b [30]; mods 0,0,0,0; ");
  input.key(KEY_A, false);
  pump();
  EXPECT_EQ(keyboard.take(), "-30; ");
}

TEST_F(KeyboardTest, AWindowThatIsUnmappedLosesTheKeyboard) {
  const ShownWindow& window = a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  pump();
  keyboard.take();
  wl_surface_attach(window.surface, nullptr, 0, 0);
  wl_surface_commit(window.surface);
  pump();
  EXPECT_EQ(keyboard.take(), "leave a; ");
  input.key(KEY_A, true);
  pump();
  EXPECT_EQ(keyboard.take(), "");
}

TEST_F(KeyboardTest, AnotherLayoutReachesAllKeyboardsThenTheFocusItsModifiers) {
  a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  KeyboardObject& other = b->keyboard();
  pump();
  keyboard.take();
  other.take();
  const std::uint32_t size = keyboard.keymap_size;
  ASSERT_TRUE(server.seat.apply(KeyboardSettings{.layout = "de,us"}));
  pump();
  EXPECT_EQ(keyboard.take(), "keymap 1; mods 0,0,0,0; ");
  EXPECT_NE(keyboard.keymap_size, size);
  EXPECT_EQ(other.take(), "keymap 1; ");
}

TEST_F(KeyboardTest, TheRepeatReachesThoseThatKnowOfIt) {
  KeyboardObject& keyboard = a->keyboard();
  KeyboardObject& old = a->keyboard(3);
  pump();
  EXPECT_EQ(keyboard.take(), "keymap 1; repeat 25/600; ");
  EXPECT_EQ(old.take(), "keymap 1; ");
  ASSERT_TRUE(server.seat.apply(KeyboardSettings{.repeat_rate = 0, .repeat_delay = 300}));
  KeyboardObject& late = a->keyboard(4);
  pump();
  EXPECT_EQ(keyboard.take(), "repeat 0/300; ");
  EXPECT_EQ(old.take(), "");
  EXPECT_EQ(late.take(), "keymap 1; repeat 0/300; ");
}

TEST_F(KeyboardTest, TheKeyThatEndsTheSessionIsNobodyElses) {
  a->window("a");
  KeyboardObject& keyboard = a->keyboard();
  pump();
  bool quit = false;
  server.seat.on_binding([&quit](const KeyBinding& binding) { quit = binding.action == KeyAction::Quit; });
  input.key(KEY_LEFTMETA, true);
  input.key(KEY_LEFTSHIFT, true);
  pump();
  keyboard.take();
  input.key(KEY_Q, true);
  input.key(KEY_Q, false);
  pump();
  EXPECT_TRUE(quit);
  EXPECT_EQ(keyboard.take(), "");
}

} // namespace
} // namespace fenceline::test

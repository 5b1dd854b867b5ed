#include "compositor/input/key_bindings.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <cstdlib>

#include "compositor/input/keymap.h"

namespace fenceline {
namespace {

using namespace key_modifier;

TEST(KeyChord, IsModifiersAndOneKeyByName) {
  EXPECT_EQ(*parse_key_chord("Super+Shift+q"), (KeyChord{super | shift, XKB_KEY_q}));
  EXPECT_EQ(*parse_key_chord("super + SHIFT + Q"), (KeyChord{super | shift, XKB_KEY_q})) << "case counts for nothing";
  EXPECT_EQ(*parse_key_chord("Control+Alt+F12"), (KeyChord{ctrl | alt, XKB_KEY_F12}));
  EXPECT_EQ(*parse_key_chord("Print"), (KeyChord{0, XKB_KEY_Print}));
  EXPECT_EQ(*parse_key_chord("Logo+return"), (KeyChord{super, XKB_KEY_Return}));
  EXPECT_EQ(*parse_key_chord("XF86AudioMute"), (KeyChord{0, XKB_KEY_XF86AudioMute}));
  EXPECT_EQ(*parse_key_chord("Alt+plus"), (KeyChord{alt, XKB_KEY_plus}));
}

TEST(KeyChord, SaysWhatIsWrong) {
  const auto wrong = [](std::string_view text) { return parse_key_chord(text).error().what; };
  EXPECT_EQ(wrong("Hyper+q"), "\"Hyper\" in \"Hyper+q\" is no modifier: Super, Ctrl, Alt and Shift are");
  EXPECT_EQ(wrong("Super+q+w"), "\"q\" in \"Super+q+w\" is no modifier: Super, Ctrl, Alt and Shift are");
  EXPECT_EQ(wrong("Alt+Alt+x"), "\"Alt+Alt+x\" names Alt twice");
  EXPECT_EQ(wrong("Ctrl+control+x"), "\"Ctrl+control+x\" names control twice");
  EXPECT_EQ(wrong("Super+"), "\"Super+\" names no key");
  EXPECT_EQ(wrong(""), "\"\" names no key");
  EXPECT_EQ(wrong("Super+nokey"),
            "\"nokey\" in \"Super+nokey\" is no key: take its XKB name, as in q, F1, Return, Left or Print");
}

TEST(KeyBinding, IsAChordAndWords) {
  EXPECT_EQ(*parse_key_binding("Super+q", "close-window"), (KeyBinding{{super, XKB_KEY_q}, KeyAction::CloseWindow}));
  EXPECT_EQ(*parse_key_binding("Ctrl+Alt+F3", " switch-vt  3 "),
            (KeyBinding{{ctrl | alt, XKB_KEY_F3}, KeyAction::SwitchVt, 3}));
}

TEST(KeyBinding, SaysWhatIsWrong) {
  const auto wrong = [](std::string_view action) { return parse_key_binding("Super+q", action).error().what; };
  EXPECT_EQ(wrong("explode"), "\"explode\" is nothing that a key can do: quit, close-window, cycle-windows, "
                              "cycle-windows-back, maximize, restore, fullscreen, move-to-output-left, "
                              "move-to-output-right, switch-vt, screenshot, spawn are");
  EXPECT_EQ(wrong("quit now"), "\"quit\" takes no argument, and \"now\" is one");
  for (const char* argument : {"", " 0", " 13", " two", " 2x"})
    EXPECT_EQ(wrong(std::string("switch-vt") + argument).substr(0, 40), "switch-vt takes a number from 1 to 12, a")
        << argument;
  EXPECT_FALSE(parse_key_binding("Hyper+q", "quit"));
}

TEST(KeyBindings, EveryDefaultCanBeWrittenInAConfiguration) {
  const KeyBindings table = KeyBindings::defaults();
  EXPECT_EQ(table.all().size(), 23U);
  for (const KeyBinding& binding : table.all()) {
    EXPECT_EQ(table.find(binding.chord), &binding) << "no chord is bound twice";
    std::string words(name_of(binding.action));
    if (binding.argument != 0)
      words.append(1, ' ').append(std::to_string(binding.argument));
    words.append(1, ' ').append(binding.command);
    EXPECT_EQ(parse_key_binding("a", words)->action, binding.action) << words;
    EXPECT_EQ(parse_key_binding("a", words)->argument, binding.argument) << words;
  }
}

TEST(KeyBindings, SpawnTakesACommandAsItIs) {
  const Result<KeyBinding> binding = parse_key_binding("Super+Return", "spawn  foot -T 'a  b' | cat ");
  ASSERT_TRUE(binding) << binding.error().what;
  EXPECT_EQ(binding->action, KeyAction::Spawn);
  EXPECT_EQ(binding->command, "foot -T 'a  b' | cat");
  EXPECT_FALSE(parse_key_binding("Super+Return", "spawn"));
  EXPECT_FALSE(parse_key_binding("Super+Return", "spawn  "));
}

TEST(KeyBindings, AChordDoesOneThing) {
  KeyBindings table;
  const KeyChord chord{super, XKB_KEY_x};
  EXPECT_EQ(table.find(chord), nullptr);
  ASSERT_TRUE(table.bind({chord, KeyAction::Quit}));
  ASSERT_TRUE(table.bind({chord, KeyAction::Screenshot}));
  ASSERT_NE(table.find(chord), nullptr);
  EXPECT_EQ(table.find(chord)->action, KeyAction::Screenshot);
  EXPECT_EQ(table.find({super | shift, XKB_KEY_x}), nullptr);
  table.unbind(chord);
  EXPECT_EQ(table.find(chord), nullptr);
}

TEST(KeyBindings, AreBounded) {
  KeyBindings table;
  for (std::uint32_t i = 0; i < KeyBindings::max_bindings; ++i)
    ASSERT_TRUE(table.bind({{0, 0x1000000 + i}, KeyAction::Quit}));
  EXPECT_FALSE(table.bind({{super, XKB_KEY_q}, KeyAction::Quit}));
  EXPECT_TRUE(table.bind({{0, 0x1000000}, KeyAction::Screenshot})) << "that one is there";
}

TEST(KeyBindings, AreFoundWhateverLayoutIsOn) {
  ::setenv("XKB_DEFAULT_LAYOUT", "us,gr", 1);
  Result<Keymap> keymap = Keymap::create();
  ::setenv("XKB_DEFAULT_LAYOUT", "gr,us", 1);
  Result<Keymap> greek = Keymap::create();
  ::unsetenv("XKB_DEFAULT_LAYOUT");
  ASSERT_TRUE(keymap && greek);
  const KeyBindings table = KeyBindings::defaults();
  for (Keymap* one : {&*keymap, &*greek}) {
    EXPECT_EQ(table.find(*one, KEY_F), nullptr);
    one->update(KEY_LEFTMETA, true);
    const KeyBinding* found = table.find(*one, KEY_F);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->action, KeyAction::Fullscreen);
    one->update(KEY_LEFTSHIFT, true);
    found = table.find(*one, KEY_Q);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->action, KeyAction::Quit);
  }
}

TEST(KeyBindings, OfTheDefaultsAKioskHasWhatIsNotAboutWindows) {
  KeyBindings table = KeyBindings::defaults();
  ASSERT_TRUE(table.bind({{super, XKB_KEY_q}, KeyAction::CycleWindows}));
  ASSERT_TRUE(table.bind({{super, XKB_KEY_m}, KeyAction::Spawn, 0, "menu"}));
  table.unbind({ctrl | alt, XKB_KEY_F2});
  const KeyBindings left = table.for_kiosk();
  EXPECT_NE(left.find({super | shift, XKB_KEY_q}), nullptr);
  EXPECT_NE(left.find({ctrl | alt, XKB_KEY_F1}), nullptr);
  EXPECT_EQ(left.find({ctrl | alt, XKB_KEY_F2}), nullptr) << "what was taken out stays out";
  EXPECT_NE(left.find({0, XKB_KEY_Print}), nullptr);
  EXPECT_EQ(left.find({alt, XKB_KEY_Tab}), nullptr);
  EXPECT_EQ(left.find({super, XKB_KEY_Return}), nullptr);
  ASSERT_NE(left.find({super, XKB_KEY_q}), nullptr) << "that the user has bound";
  EXPECT_NE(left.find({super, XKB_KEY_m}), nullptr);
}

} // namespace
} // namespace fenceline

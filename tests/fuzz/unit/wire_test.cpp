#include "tests/fuzz/wire.h"

#include <gtest/gtest.h>

#include <array>

namespace fenceline::fuzz {
namespace {

// The examples are for a little-endian machine, the only kind that the project is built on.

TEST(Encoder, WritesADisplaySync) {
  Encoder encoder(1, 0);
  encoder.put_uint(2);
  EXPECT_EQ(to_hex(std::move(encoder).finish()), "0100000000000c0002000000");
}

TEST(Encoder, WritesABind) {
  // wl_registry@2.bind(1, "wl_shm", 1, 3): 6 characters and the NUL make 7, padded to 8.
  Encoder encoder(2, 0);
  encoder.put_uint(1);
  encoder.put_string("wl_shm");
  encoder.put_uint(1);
  encoder.put_uint(3);
  EXPECT_EQ(to_hex(std::move(encoder).finish()), "0200000000002000"
                                                 "01000000"
                                                 "07000000776c5f73686d0000"
                                                 "01000000"
                                                 "03000000");
}

TEST(Encoder, PadsStringsAndArraysToWords) {
  Encoder four(9, 3);
  four.put_string("abc");
  EXPECT_EQ(std::move(four).finish().size(), kHeaderSize + 4 + 4);
  Encoder five(9, 3);
  five.put_string("abcd");
  EXPECT_EQ(std::move(five).finish().size(), kHeaderSize + 4 + 8);
  Encoder array(9, 3);
  array.put_array(std::array<std::uint8_t, 5>{1, 2, 3, 4, 5});
  EXPECT_EQ(to_hex(std::move(array).finish()), "0900000003001400"
                                               "05000000"
                                               "0102030405000000");
}

TEST(Encoder, WritesNullAndNegativeValues) {
  Encoder encoder(9, 3);
  encoder.put_string(std::nullopt);
  encoder.put_int(-1);
  EXPECT_EQ(to_hex(std::move(encoder).finish()), "0900000003001000"
                                                 "00000000"
                                                 "ffffffff");
}

TEST(Encoder, WritesARawStringWithoutItsNul) {
  Encoder encoder(9, 3);
  encoder.put_raw_string(6, "abcdef");
  EXPECT_EQ(to_hex(std::move(encoder).finish()), "0900000003001400"
                                                 "06000000"
                                                 "6162636465662323");
}

TEST(Decoder, ReadsBackWhatWasWritten) {
  Encoder encoder(4, 2);
  encoder.put_uint(77);
  encoder.put_string("text");
  encoder.put_array(std::array<std::uint8_t, 3>{1, 2, 3});
  encoder.put_int(-5);
  const auto bytes = std::move(encoder).finish();
  const auto header = header_of(bytes);
  EXPECT_EQ(header.object, 4u);
  EXPECT_EQ(header.opcode, 2u);
  EXPECT_EQ(header.size, bytes.size());
  Decoder decoder{std::span(bytes).subspan(kHeaderSize)};
  EXPECT_EQ(decoder.take_uint(), 77u);
  EXPECT_EQ(decoder.take_string(), "text");
  EXPECT_EQ(decoder.take_array().size(), 3u);
  EXPECT_EQ(decoder.take_uint(), static_cast<std::uint32_t>(-5));
  EXPECT_TRUE(decoder.at_end());
  EXPECT_FALSE(decoder.failed());
  EXPECT_EQ(decoder.take_uint(), 0u);
  EXPECT_TRUE(decoder.failed());
}

TEST(Decoder, ALengthPastTheEndIsAFailureNotACrash) {
  Encoder encoder(4, 2);
  encoder.put_raw_string(0xfffffff0u, "short");
  const auto bytes = std::move(encoder).finish();
  Decoder decoder{std::span(bytes).subspan(kHeaderSize)};
  EXPECT_EQ(decoder.take_string(), "");
  EXPECT_TRUE(decoder.failed());
}

TEST(Hex, GoesThereAndBack) {
  const Bytes bytes = {0, 1, 0x7f, 0x80, 0xff};
  EXPECT_EQ(to_hex(bytes), "00017f80ff");
  EXPECT_EQ(from_hex("00017f80ff"), bytes);
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

} // namespace
} // namespace fenceline::fuzz

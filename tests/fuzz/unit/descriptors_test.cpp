#include "tests/fuzz/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fenceline::fuzz {
namespace {

std::int64_t size_of(const UniqueFd& fd) {
  struct stat info {};
  return fstat(fd.get(), &info) == 0 ? info.st_size : -1;
}

TEST(DescriptorShop, MakesEveryKind) {
  DescriptorShop shop({});
  for (std::uint32_t kind = 0; kind < static_cast<std::uint32_t>(FdKind::kCount); ++kind) {
    const FdSpec spec{.kind = static_cast<FdKind>(kind), .size = 8192};
    const auto fd = shop.make(spec);
    // There is no server to connect to here.
    EXPECT_EQ(fd.valid(), spec.kind != FdKind::ServerSocket) << spec.text();
  }
}

TEST(DescriptorShop, SealsAsTheKindSays) {
  DescriptorShop shop({});
  const auto seals = [&shop](FdKind kind) { return fcntl(shop.make({.kind = kind, .size = 4096}).get(), F_GET_SEALS); };
  EXPECT_EQ(seals(FdKind::Memfd), 0);
  EXPECT_EQ(seals(FdKind::ShrinkSealed), F_SEAL_SHRINK);
  EXPECT_EQ(seals(FdKind::FullySealed), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  EXPECT_NE(seals(FdKind::Unsealable) & F_SEAL_SEAL, 0);
}

TEST(DescriptorShop, CutsAFileThatWasGivenAway) {
  DescriptorShop shop({});
  const auto file = shop.make({.kind = FdKind::Memfd, .size = 8192, .key = 3});
  EXPECT_EQ(size_of(file), 8192);
  EXPECT_TRUE(shop.resize(3, 100));
  EXPECT_EQ(size_of(file), 100);
  EXPECT_FALSE(shop.resize(4, 100));
  const auto sealed = shop.make({.kind = FdKind::ShrinkSealed, .size = 8192, .key = 5});
  EXPECT_FALSE(shop.resize(5, 100));
  EXPECT_EQ(size_of(sealed), 8192);
}

TEST(DescriptorShop, KeysAreEachConnectionsOwn) {
  DescriptorShop shop({});
  const auto one = shop.make({.kind = FdKind::Memfd, .size = 8192, .key = 3}, 1);
  const auto two = shop.make({.kind = FdKind::Memfd, .size = 8192, .key = 3}, 2);
  EXPECT_TRUE(shop.resize(3, 100, 2));
  EXPECT_EQ(lseek(one.get(), 0, SEEK_END), 8192);
  EXPECT_EQ(lseek(two.get(), 0, SEEK_END), 100);
  EXPECT_FALSE(shop.signal(3, 1, 1));
}

} // namespace
} // namespace fenceline::fuzz

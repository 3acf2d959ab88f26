// The kinds of databases: a row each.
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace host {

namespace {

struct DatabaseKind {
  std::string_view name;
  std::unique_ptr<Store> (*open)(const StoreAddress &address);
  StoreCondition (*examine)(const StoreAddress &address);
};

constexpr std::array databases{
    DatabaseKind{"sqlite", open_sqlite, examine_sqlite},
};

const DatabaseKind &kind_of(const StoreAddress &address) {
  std::string known;
  for (const DatabaseKind &kind : databases) {
    if (kind.name == address.kind) return kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  throw StoreError(StoreError::Kind::io, "There is no database of the kind \"" + address.kind +
                                             "\". This host has: " + known + '.');
}

}  // namespace

std::unique_ptr<Store> open_store(const StoreAddress &address) {
  return kind_of(address).open(address);
}

StoreCondition examine_store(const StoreAddress &address) {
  return kind_of(address).examine(address);
}

}  // namespace host

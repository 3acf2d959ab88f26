// A manifest as a page for people: what can trigger, what can be done, with which fields, at what
// cost, and what can't.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace cpi::manifest {

// GitHub-flavoured Markdown, in the order of the manifest; the same manifest gives the same bytes.
// `manifest` must have passed check(). [any]
[[nodiscard]] std::string catalogue(const boost::json::object &manifest);

}  // namespace cpi::manifest

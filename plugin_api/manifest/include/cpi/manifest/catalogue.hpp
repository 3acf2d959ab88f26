// Renders a manifest as a page for users: triggers, actions, their fields and costs, and
// limitations.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace cpi::manifest {

// GitHub-flavoured Markdown, in the order of the manifest; the same manifest gives the same bytes.
// `manifest` must have passed check(). [any]
[[nodiscard]] std::string catalogue(const boost::json::object &manifest);

}  // namespace cpi::manifest

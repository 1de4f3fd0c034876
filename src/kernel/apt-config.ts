/** Given to apt with -c, which counts more than the files in /etc/apt. */
export function aptConfig(root: string): string {
  return `// Written by xfrm-conform: a private apt root.
Dir::State "${root}";
Dir::State::lists "${root}/lists";
// Files of our own rather than /dev/null: what root writes to by accident stays in here.
Dir::State::status "${root}/status";
Dir::State::extended_states "${root}/extended_states";
Dir::Cache "${root}";
Dir::Cache::archives "${root}/archives";
// Read once after each update: a cache of 60 MiB would save nothing.
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "${root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
// A failed list is a failure, not a warning.
APT::Update::Error-Mode "any";
// Nothing of the host runs or is told because of this root.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
// The sandbox user could not write below a home directory; without root rights it is not used anyway.
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
#clear Acquire::Languages;
Acquire::Languages { "none"; };
Acquire::GzipIndexes "true";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
// A mirror on this machine is not behind a proxy.
Acquire::http::Proxy::127.0.0.1 "DIRECT";
`;
}

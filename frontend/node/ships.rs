//! What of a project ships where the spec does not say: all but what tests, tools and people need of it.

use crate::refine::prune::glob;

/// Names at the top of a project that a running service has no use for.
const STAYS_OUT: &[&str] = &[
    "node_modules",
    "test",
    "tests",
    "__tests__",
    "spec",
    "e2e",
    "cypress",
    "coverage",
    "docs",
    "examples",
    "benchmarks",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "Makefile",
    "Procfile",
    "Dockerfile*",
    "*.Dockerfile",
    "docker-compose*",
    "compose.y*ml",
    "distil*.yaml",
    "tsconfig*.json",
    "jsconfig*.json",
    "*.config.*",
    "*.test.*",
    "*.spec.*",
    "*.md",
    "*.tsbuildinfo",
    "nest-cli.json",
    "turbo.json",
    "nx.json",
    "biome.json",
];

/// Hidden folders that frameworks build into.
const BUILT_INTO: &[&str] = &[".next", ".nuxt", ".output", ".svelte-kit"];

/// Whether what has this name at the top of a project ships.
pub(crate) fn ships(name: &str) -> bool {
    let hidden = name.starts_with('.') && !BUILT_INTO.contains(&name);
    !hidden && !STAYS_OUT.iter().any(|pattern| glob::matches(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_reads_ships() {
        for name in
            ["package.json", "server.js", "dist", "src", "public", "views", "migrations", ".next", "LICENSE", "config.json", "config"]
        {
            assert!(ships(name), "{name}");
        }
        for name in
            ["node_modules", ".env", ".git", "test", "vite.config.ts", "tsconfig.build.json", "Dockerfile.dev", "README.md", "distil.yaml"]
        {
            assert!(!ships(name), "{name}");
        }
    }
}

// What this target holds is described in docs/architecture.md.

/**
 * How long tests wait before they take what they wait for to have come to a standstill. Nothing is shown by these times: a machine may be
 * ten times slower than the one on which a test was written, and busy besides. What waits within a test gives up first, and says for what.
 */
export const PATIENCE_MS = { wait: 300_000, test: 600_000 };

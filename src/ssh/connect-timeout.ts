import { LIMITS } from '../core/limits/limits.ts';

interface Timed {
  readonly connectTimeoutMs?: number | undefined;
}

/** For TCP with its name resolution: as the request says, else ssh_config. */
export function connectTimeoutMsOf(settings: Timed, config: Timed): number {
  return settings.connectTimeoutMs ?? config.connectTimeoutMs ?? LIMITS.connectTimeoutMs;
}

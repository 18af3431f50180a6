/** SendEnv and SetEnv: what a server is told of the environment. Pure. */
import type { HostConfig } from '../config/host-config.ts';
import { compilePattern } from '../config/pattern.ts';

/** Undefined: nothing. */
export function sentEnvironment(
  { sendEnv, setEnv }: Pick<HostConfig, 'sendEnv' | 'setEnv'>,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  if (sendEnv.length === 0 && setEnv.length === 0) return undefined;
  const patterns = sendEnv.map(compilePattern);
  const sent = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && patterns.some((matches) => matches(name)) ? [[name, value] as const] : [],
  );
  return Object.fromEntries([...sent, ...setEnv]);
}

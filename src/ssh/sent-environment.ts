/** SendEnv and SetEnv: chooses the environment variables that a server gets. Pure. */
import type { HostConfig } from './config/host-config.ts';
import { compilePattern } from './config/pattern.ts';

/** Returns undefined if there is nothing to send. */
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

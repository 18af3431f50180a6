/** What Node warns of during a test. */
import { onTestFinished } from 'vitest';

export function collectWarnings(): readonly string[] {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.message);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  return warnings;
}

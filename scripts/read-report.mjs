// What vitest's report in JSON says: how many tests passed and failed, then the failed ones, a line each.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(numPassedTests, numFailedTests);
for (const { name, assertionResults } of testResults) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  for (const { fullName } of failed)
    console.log(`${relative(process.cwd(), name)}: ${fullName.replace(/\s+/g, ' ')}`);
}

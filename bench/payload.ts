/** A tree of many small files, the same for the same number of files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from './seeded-random.ts';

/** Files of 0.1 to 8 KB, more small than large ones, in a seventh as many directories of up to four levels. */
export function writeTree(root: string, files: number): void {
  const random = seededRandom(20_260_101);
  const name = () => Math.floor(random() * 36 ** 6).toString(36);
  const directories = [root];
  mkdirSync(root);
  while (directories.length < files / 7) {
    const parent = directories[Math.floor(random() * Math.min(directories.length, 90))] ?? root;
    const directory = join(parent, `${name()}-${directories.length}`);
    mkdirSync(directory);
    directories.push(directory);
  }
  for (let number = 0; number < files; number++) {
    const directory = directories[Math.floor(random() * directories.length)] ?? root;
    const words = new Uint32Array(Math.ceil((100 + 7900 * random() ** 1.5) / 4));
    for (let at = 0; at < words.length; at++) words[at] = random() * 2 ** 32;
    writeFileSync(join(directory, `${name()}-${number}`), words);
  }
}

// Bundles the simulation and runs it: node scripts/sim.mjs --seed N.
import { bundle } from './bundle.mjs';
import { texts } from './texts.mjs';

await import(await bundle('test/simulation/main.ts', { plugins: [texts] }));

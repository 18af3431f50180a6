/** `npm run demo`: the demo without the program around it, so that it also notices a program which does nothing. */
import { demo } from './demo.ts';

process.exit(await demo());

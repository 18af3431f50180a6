import { describeTransports } from '../contract/transports.ts';
import { dropbear } from './contract-nodes.ts';

describeTransports('Dropbear', dropbear);

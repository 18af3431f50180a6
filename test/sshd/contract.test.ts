import { describeTransports } from '../contract/transports.ts';
import { openSsh } from './contract-nodes.ts';

describeTransports('OpenSSH', openSsh);

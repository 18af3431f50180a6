/** The keywords of ssh_config(5): those that lockstep keeps, how it reads each, and those that mean nothing to it. */
import * as read from './values.ts';

const YES_NO_ASK = { yes: 'yes', true: 'yes', no: 'no', false: 'no', off: 'no', ask: 'ask' };

export const KEYWORDS = {
  addressfamily: read.choice({ any: 'any', inet: 'inet', inet6: 'inet6' }),
  batchmode: read.flag,
  bindaddress: read.text,
  bindinterface: read.anything,
  canonicalizehostname: read.choice({ yes: 'yes', true: 'yes', no: 'no', false: 'no', always: 'always' }),
  canonicalizepermittedcnames: read.list,
  casignaturealgorithms: read.algorithms,
  certificatefile: read.text,
  ciphers: read.algorithms,
  compression: read.anything,
  connectionattempts: read.count(1),
  connecttimeout: read.time,
  controlmaster: read.anything,
  forkafterauthentication: read.anything,
  forwardagent: read.anything,
  globalknownhostsfile: read.list,
  gssapiauthentication: read.flag,
  hashknownhosts: read.flag,
  hostbasedauthentication: read.anything,
  hostkeyalgorithms: read.algorithms,
  hostkeyalias: read.text,
  hostname: read.text,
  identitiesonly: read.flag,
  identityagent: read.agent,
  identityfile: read.text,
  kbdinteractiveauthentication: read.flag,
  kexalgorithms: read.algorithms,
  knownhostscommand: read.command,
  localcommand: read.anything,
  loglevel: read.choice({
    quiet: 'QUIET',
    fatal: 'FATAL',
    error: 'ERROR',
    info: 'INFO',
    verbose: 'VERBOSE',
    debug: 'DEBUG',
    debug1: 'DEBUG',
    debug2: 'DEBUG2',
    debug3: 'DEBUG3',
  }),
  macs: read.algorithms,
  numberofpasswordprompts: read.count(),
  passwordauthentication: read.flag,
  pkcs11provider: read.text,
  port: read.port,
  preferredauthentications: read.text,
  proxycommand: read.command,
  proxyjump: read.jump,
  proxyusefdpass: read.anything,
  pubkeyacceptedalgorithms: read.algorithms,
  pubkeyauthentication: read.choice({
    yes: 'yes',
    true: 'yes',
    no: 'no',
    false: 'no',
    unbound: 'yes',
    'host-bound': 'yes',
  }),
  refuseconnection: read.anything,
  remotecommand: read.anything,
  requiredrsasize: read.count(),
  revokedhostkeys: read.text,
  sendenv: read.sendEnv,
  serveralivecountmax: read.count(),
  serveraliveinterval: read.time,
  setenv: read.setEnv,
  stricthostkeychecking: read.choice({ ...YES_NO_ASK, 'accept-new': 'accept-new' }),
  tag: read.text,
  user: read.text,
  userknownhostsfile: read.list,
  verifyhostkeydns: read.anything,
} as const satisfies Readonly<Record<string, read.ReadValue>>;

export type Keyword = keyof typeof KEYWORDS;

/** Other names of keywords. */
export const ALIASES: Readonly<Record<string, Keyword>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  identityfile2: 'identityfile',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  skeyauthentication: 'kbdinteractiveauthentication',
  smartcarddevice: 'pkcs11provider',
  tisauthentication: 'kbdinteractiveauthentication',
};

/** Each line of these keywords adds to the lines before. */
export const GATHERED: ReadonlySet<Keyword> = new Set<Keyword>([
  'certificatefile',
  'identityfile',
  'sendenv',
]);

/** Forwardings, terminals, masters, and keywords that OpenSSH itself ignores: they have no effect here. */
const PASSED_OVER = `addkeystoagent afstokenpassing canonicaldomains canonicalizefallbacklocal canonicalizemaxdots channeltimeout
checkhostip cipher clearallforwardings compressionlevel controlpath controlpersist dynamicforward
enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh fingerprinthash
forwardx11 forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile2
gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey
gssapiserveridentity gssapitrustdns hostbasedacceptedalgorithms hostbasedkeytypes ipqos kbdinteractivedevices
keepalive kerberosauthentication kerberostgtpassing localforward logverbose nohostauthenticationforlocalhost
obscurekeystroketiming permitlocalcommand permitremoteopen protocol rekeylimit remoteforward requesttty
rhostsauthentication rhostsrsaauthentication rsaauthentication securitykeyprovider sessiontype stdinnull
streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive tunnel tunneldevice updatehostkeys
useprivilegedport userknownhostsfile2 useroaming usersh versionaddendum visualhostkey warnweakcrypto
xauthlocation`;

let passedOver: ReadonlySet<string> | undefined;

export function isPassedOver(keyword: string): boolean {
  passedOver ??= new Set(PASSED_OVER.split(/\s+/));
  return passedOver.has(keyword);
}

export function keywordOf(name: string): Keyword | undefined {
  if (Object.hasOwn(KEYWORDS, name)) return name as Keyword;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

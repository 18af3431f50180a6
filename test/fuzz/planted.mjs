/**
 * Faults that lockstep had, to be put back: `npm run fuzz -- --seed SEED --plant NAME` must find each. Where a text is not there
 * any more, the plant must be written anew; where the seed finds it no more, `--seeds 1..2000 --plant NAME` tells one that does.
 */
const PROGRAMS = 'src/node/files/executor';

export const PLANTS = {
  'lost-in-root': {
    promise: 'what is put into / is put there',
    seed: 57,
    kind: 'perl',
    changes: [
      {
        file: `${PROGRAMS}/perl/switch.pl`,
        from: '    for my $name (@fields) {\n      keep_again',
        to: '    if ($to eq "") { $done{$word} += @fields; next }\n    for my $name (@fields) {\n      keep_again',
      },
      { file: `${PROGRAMS}/perl/switch.pl`, from: '  prove();\n', to: '  prove() if $destination ne "";\n' },
    ],
  },
  'shifted-by-a-blank': {
    promise: 'a blank in the name of one directory changes nothing for the others',
    seed: 5,
    kind: 'perl',
    changes: [
      { file: `${PROGRAMS}/perl/switch.pl`, from: 'my %directories;\n', to: 'my (%directories, $blank);\n' },
      {
        file: `${PROGRAMS}/perl/switch.pl`,
        from: '  if ($path ne "") {\n',
        to: '  if ($path eq "" && $directory =~ / /) { $blank = 1 }\n  elsif ($path ne "" && !$blank) {\n',
      },
      {
        file: `${PROGRAMS}/perl/prove.pl`,
        from: 'next if $what eq "time"',
        to: 'next if $blank || $what eq "time"',
      },
    ],
  },
  'passed-over': {
    promise: 'a file at the end of a long path is replaced, or the run is refused',
    seed: 27,
    kind: 'perl',
    changes: [
      {
        file: 'src/node/files/plan.sh',
        from: '    may_place "$2"\n    may_replace "$2"\n',
        to: '    [ "${#2}" -lt 3900 ] || return 0\n    may_place "$2"\n    may_replace "$2"\n',
      },
      {
        file: `${PROGRAMS}/perl/prove.pl`,
        from: '  my $path = "$destination/$member->{path}";\n',
        to: '  my $path = "$destination/$member->{path}";\n  return if length $path >= 3900;\n',
      },
      {
        file: `${PROGRAMS}/perl/prove.pl`,
        from: 'was not put in place") if !',
        to: 'was not put in place") if length $path < 3000 && !',
      },
    ],
  },
  'taken-for-its-own': {
    promise: 'a name that begins like a stage of ours is a name like any other',
    seed: 55,
    kind: 'perl',
    changes: [
      {
        file: 'sync-tool/sync',
        from: '  copy_all "$run_directory" tree ||',
        to: '  copy_all "$run_directory" tree && rm -rf tree/.lockstep-* ||',
      },
    ],
  },
  'set-user-id-of-another': {
    promise: 'a set-user-id bit comes with the owner that was sent, or not at all',
    seed: 81,
    kind: 'perl',
    changes: [
      {
        file: 'src/transfer/header.ts',
        from: "type === 'directory' ? 0 : ",
        to: "type !== 'symlink' ? 0 : ",
      },
    ],
  },
  'set-user-id-behind-a-closed-door': {
    promise: 'the same below a directory that its owner may not read',
    seed: 5,
    kind: 'perl',
    changes: [{ file: `${PROGRAMS}/perl/fit.pl`, from: '07777 : 01777', to: '07777 : 07777' }],
  },
  'set-group-id-that-stays': {
    promise: 'a directory that was sent without the set-group-id bit has none, on nodes with sh alone too',
    seed: 14,
    kind: 'sh',
    changes: [
      {
        file: `${PROGRAMS}/sh/attributes.sh`,
        from: 'then try "chmod $1" chmod -- "0000$2" "$1"',
        to: 'then try "chmod $1" chmod -- "$2" "$1"',
      },
    ],
  },
  'left-with-other-attributes': {
    promise: 'a file that has another mode, owner or time than was sent has them after the next run',
    seed: 68,
    kind: 'perl',
    changes: [
      {
        file: 'src/transfer/difference/compare.ts',
        from: "  return attributes.length === 0 ? EQUAL : { kind: 'attributes', attributes };",
        to: '  return attributes.length < 2 ? EQUAL : { kind: "attributes", attributes };',
      },
    ],
  },
  'sent-again': {
    promise: 'a node that has all is sent nothing',
    seed: 126,
    kind: 'perl',
    changes: [
      {
        file: 'src/transfer/difference/compare.ts',
        from: '  return isProven || wanted.size === 0 ?',
        to: "  if (wanted.size > 15) return { kind: 'content', attributes };\n  return isProven || wanted.size === 0 ?",
      },
    ],
  },
};

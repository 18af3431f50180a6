# A sync tool that does nothing but pass two barriers, and takes what it is told in blocks, so that a thousand of them on
# one machine leave it some time.
use strict;
use warnings;

my ($prefix, $nodes, $rest, %said) = ('', 0, '');

while (sysread STDIN, my $block, 65536) {
    my @lines = split /\n/, $rest . $block, -1;
    $rest = pop @lines;
    take($_) for @lines;
}
exit 2;

sub take {
    my ($line) = @_;
    if ($line =~ /^(ORGALORG:\d+) HELLO$/) { $prefix = $1 }
    elsif ($line =~ / NODE \S+(?: CURRENT)?$/) { $nodes++ }
    elsif ($line =~ / START$/) { say('one') }
    elsif ($line =~ / SYNC \S+ (\S+)$/ && ++$said{$1} == $nodes) { $1 eq 'one' ? say('two') : exit 0 }
}

sub say {
    syswrite STDOUT, "$prefix SYNC $_[0]\n";
}

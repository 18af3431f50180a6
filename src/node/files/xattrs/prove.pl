# The same as prove.py, by a system call. On a machine whose number of it is not known it exits with 1.
use strict;

my ($base, $there) = @ARGV;
my ($lost, $stays, $unseen) = (0, 1, 2);
my $head = "";
if (open my $self, "<", $^X) { read $self, $head, 20 }
my $machine = length $head == 20 ? join " ", unpack "a4 C C x12 S", $head : "";
my $lgetxattr = $machine eq "\x7fELF 2 1 62" ? 192 : $machine eq "\x7fELF 2 1 183" ? 9 : exit 1;

my @found = ([0, 0], [0, 0], [0, 0]);
open(my $list, "<", "xattrs") or exit 1;
my $at = 0;
while (my $line = <$list>) {
  my ($path, @pairs) = split " ", $line;
  $path = "/" . pack "H*", $path;
  my ($kind, $place) = ($lost, "$base$path");
  my $is_leaf = lstat($place) && !-d _;
  if (-d "$there$path" && !$is_leaf) { ($kind, $place) = ($stays, "$there$path/.") }
  elsif (!lstat $place) { $kind = $unseen }
  if ($kind == $unseen || !has_all($place, @pairs)) {
    $found[$kind][1] = $at if $found[$kind][0]++ == 0;
  }
  $at++;
}
print join(" ", map { "@$_" } @found), "\n";

sub has_all {
  my ($place, @pairs) = @_;
  for (@pairs) {
    my ($name, $value) = map { pack "H*", $_ } split /=/, $_, 2;
    my $seen = "\0" x 65536;
    my $bytes = syscall($lgetxattr, $place, $name, $seen, length $seen);
    return 0 if $bytes < 0 || substr($seen, 0, $bytes) ne $value;
  }
  return 1;
}

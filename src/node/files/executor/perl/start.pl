# Carries out the plan of the stage that is the working directory: perl executor.pl prepare|switch|undo.
# relocate.sh describes the records. executor.py and executor.sh do the same in the same words. For perl 5.10 and newer.
# Prints the first problem, and exits 1 if there was one; a switch that ended well prints how many of each step it has done.
# Each step is one system call that is done or not done, so that a kill at any moment can be taken back.
use strict;

my ($direction) = @ARGV;
my ($problem, $preserve, $destination, $tree) = ("", "", "", "");
my %done = map { $_ => 0 } qw(replace aside new attributes remove mended);
# How many members are to be mended in place, and how many of them are ready for it.
my ($to_mend, $prepared) = (0, 0);

# perl itself knows no nanoseconds, and a touch a file takes seconds: so the system calls, where their numbers are known.
# Which machine that is perl's own file says, in less time than Config.
my $head = "";
if (open my $self, "<", $^X) { read $self, $head, 20 }
my $machine = length $head == 20 ? join " ", unpack "a4 C C x12 S", $head : "";
my ($utimensat, $fstatat) = $machine eq "\x7fELF 2 1 62" ? (280, 262) : $machine eq "\x7fELF 2 1 183" ? (88, 79) : (0, 0);
my ($from_here, $not_through_links, $leave) = (-100, 0x100, 0x3ffffffe);

# Where mode, uid and gid are in what they answer; size and times are at one place on both.
my ($who_at, $who_bytes, $who_layout) = $fstatat == 262 ? (24, 12, "x24 L3") : (16, 16, "x16 L x4 L2");
my $seen = "\0" x 256;

# Whether all that was sent is hashed again when it is in place.
my $is_paranoid = -e "paranoid";

my @plan;

sub main {
  @plan = read_records("plan", "step");
  check_plan();
  if ($direction eq "prepare") { prepare() }
  elsif ($direction eq "switch") { switch() }
  else { undo() }
  finish();
}

sub finish { print $problem; exit($problem ne "" ? 1 : 0) }

# An undo goes on after a problem; all else stops.
sub problem {
  $problem = $_[0] if $problem eq "";
  finish() if $direction ne "undo";
  return 0;
}

sub must { my ($done, $what) = @_; return $done || problem("cannot $what: " . reason()) }

# Nothing is done by a list that is not whole.
sub refuse { problem($_[0]); finish() }

sub reason {
  my ($not_permitted, $across) = (1, 18);
  return "$!" . ($! == $not_permitted ? " (is it immutable or append-only? see lsattr)" : $! == $across ? " (another file system or subvolume)" : "");
}

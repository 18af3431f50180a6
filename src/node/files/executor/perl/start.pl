# Carries out the plan of the stage that is the working directory: perl executor.pl prepare|switch|undo.
# relocate.sh describes the records. executor.py and executor.sh do the same, with the same messages. For perl 5.10 and newer.
# Prints the first problem, and exits with 1 if there was one. A switch that ended well prints how many names of each kind it has done.
# Each step is one system call, which is done or not done, so that undo can take it back after a kill at any moment.
use strict;

my ($direction) = @ARGV;
my ($problem, $preserve, $destination, $tree) = ("", "", "", "");
my %done = map { $_ => 0 } qw(replace aside new attributes remove mended);
# How many members are to be mended in place, and how many of them are ready for it.
my ($to_mend, $prepared) = (0, 0);

# perl itself knows no nanoseconds, and a process of touch for each file would take seconds. So this makes the system calls, where their
# numbers are known: on x86-64 and aarch64. The machine stands in the head of perl's own file, which is quicker to read than Config is.
my $head = "";
if (open my $self, "<", $^X) { read $self, $head, 20 }
my $machine = length $head == 20 ? join " ", unpack "a4 C C x12 S", $head : "";
my ($utimensat, $fstatat) = $machine eq "\x7fELF 2 1 62" ? (280, 262) : $machine eq "\x7fELF 2 1 183" ? (88, 79) : (0, 0);
my ($from_here, $not_through_links, $leave) = (-100, 0x100, 0x3ffffffe);

# Where mode, uid and gid are in the answer; size and times are at the same places on both machines.
my ($who_at, $who_bytes, $who_layout) = $fstatat == 262 ? (24, 12, "x24 L3") : (16, 16, "x16 L x4 L2");
my $seen = "\0" x 256;

# --paranoid: all sent files are hashed again when they are in place.
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

# Notes the first problem. An undo goes on; anything else stops here.
sub problem {
  $problem = $_[0] if $problem eq "";
  finish() if $direction ne "undo";
  return 0;
}

sub must { my ($done, $what) = @_; return $done || problem("cannot $what: " . reason()) }

# Stops, also an undo: nothing may be done by a list that is not whole.
sub refuse { problem($_[0]); finish() }

sub reason {
  my ($not_permitted, $across) = (1, 18);
  return "$!" . ($! == $not_permitted ? " (is it immutable or append-only? see lsattr)" : $! == $across ? " (another file system or subvolume)" : "");
}

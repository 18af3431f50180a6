# Compares the bytes of files with what was sent: reads them from where they lie.

# python gets the names on stdin, each with a NUL behind it, and prints sums alone. It hashes with openssl's code, some eight times as fast as
# most sha256sum, but takes longer to start than these need for few bytes.
my @python = ("python3", "-I", "-S", "-c", join "\n", "import sys", "from posix import open, readv, close",
  "try: from _hashlib import openssl_sha256 as sha256", "except ImportError: from hashlib import sha256", "room, sums = [bytearray(1 << 18)], []",
  "view = memoryview(room[0])", "for name in sys.stdin.buffer.read().split(b'\\0')[:-1]:", " file = open(name, 0)", " count = readv(file, room)",
  " sum = sha256(view[:count])", " while count:", "  count = readv(file, room)", "  sum.update(view[:count])", " close(file)",
  " sums.append(sum.hexdigest() + '\\n')", "print(''.join(sums), end='')");
my $pays_for_python = 4_000_000;

# A program that does not answer with a sum for each file is taken off the list.
my @programs = (["openssl", "dgst", "-sha256", "-r"], ["sha256sum", "--"], ["Digest::SHA"], ["shasum", "-a", "256"], ["busybox", "sha256sum"], ["cksum", "--"]);
my (@files, @paths, @sent, @closed_files);
my ($names_bytes, $files_bytes) = (0, 0);

# Notes a file to be hashed, $path being its name in messages. In the stage a file that is closed to its owner is opened until it is read.
sub expect_sum {
  my ($sum, $size, $path, $file, $mode) = @_;
  if ($> != 0) {
    return if $direction ne "prepare" && !-r $file;
    if (!($mode & 0400)) {
      must(chmod($mode & 07777 | 0400, $file), "open $file");
      push @closed_files, [$mode & 07777, $file];
    }
  }
  push @files, $file;
  push @paths, $path;
  push @sent, $sum;
  $files_bytes += $size;
  $names_bytes += length $file;
  check_sums() if $names_bytes > 1_000_000;
}

sub check_sums {
  my ($word, @sums) = @files ? sums_of() : "";
  for my $at (0 .. $#sums) {
    my $wanted = $word eq "cksum" ? substr $sent[$at], 65 : substr $sent[$at], 0, 64;
    problem("$paths[$at]: its bytes are not those that were sent: $word $sums[$at] for $wanted") if $sums[$at] ne $wanted;
  }
  for (@closed_files) { must(chmod($_->[0], $_->[1]), "close $_->[1]") }
  @files = @paths = @sent = @closed_files = ();
  $names_bytes = $files_bytes = 0;
}

# The kind of sum ("sha256" or "cksum"), and the sum of each noted file.
sub sums_of {
  # Each answer must be one line, so a file with a newline in its name is not asked by name.
  my @links = grep { index($files[$_], "\n") >= 0 } 0 .. $#files;
  my @named = @files;
  for (@links) { must(symlink($files[$_], $named[$_] = "plain.$_"), "make plain.$_") }
  # cksum is used only where the list has its sums: the controller adds these where some node says CKSUM.
  @programs = grep { $_->[0] ne "cksum" } @programs if $sent[0] !~ /:/;
  my ($word, @sums) = "sha256";
  if (@python && $files_bytes > $pays_for_python && !is_installed("openssl")) {
    my $said = told_to_python(\@named);
    # For thousands of files, to split the answer takes longer than to compare it with the expected one.
    if ($said eq join("\n", @sent, "")) { @sums = @sent }
    else { @sums = sums_in($said) }
    @python = () if @sums != @files;
  }
  while (@sums != @files && @programs) {
    my ($program, @words) = @{$programs[0]};
    $word = "cksum" if $program eq "cksum";
    @sums = $program eq "Digest::SHA" ? digests(@named) : is_installed($program) ? answers([$program, @words], @named) : ();
    shift @programs if @sums != @files;
  }
  for (@links) { unlink "plain.$_" }
  return $word, @sums if @sums == @files;
  for (@files) { must(open(my $file, "<", $_), "read $_"); must(defined sysread($file, my $byte, 1), "read $_") }
  refuse("nothing on this node tells the sha256 of files: neither openssl nor sha256sum");
}

sub is_installed { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} || "" }

sub told_to_python {
  my ($named) = @_;
  return "" if !is_installed($python[0]);
  must(open(my $names, ">", "unread"), "write unread");
  print $names join("\0", @$named, "");
  must(close($names), "write unread");
  my $said = said_by("unread", @python);
  unlink "unread";
  return $said;
}

# Asks a program in several calls: on any system the arguments and environment of a process have room for some 128 KiB.
sub answers {
  my ($program, @named) = @_;
  my @sums;
  while (@named) {
    my ($bytes, @some) = 0;
    while (@named && $bytes < 100_000) {
      $bytes += 9 + length $named[0];
      push @some, shift @named;
    }
    my @more = sums_in(said_by("/dev/null", @$program, @some));
    return if @more != @some;
    push @sums, @more;
  }
  return @sums;
}

# The output of a program; empty where it fails.
sub said_by {
  my ($input, @words) = @_;
  my $id = open(my $output, "-|");
  return "" if !defined $id;
  if (!$id) {
    open STDIN, "<", $input;
    open STDERR, ">", "/dev/null";
    exec {$words[0]} @words or exit 1;
  }
  my $said = do { local $/; <$output> };
  return close($output) && defined $said ? $said : "";
}

# The sums in an output, one a line.
sub sums_in { return $_[0] =~ /^\\?([0-9a-f]{64}\b|\d+(?= \d+ ))/gm }

sub digests {
  eval { require Digest::SHA } or return;
  return map { eval { Digest::SHA->new(256)->addfile($_, "b")->hexdigest } || () } @_;
}

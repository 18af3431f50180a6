# The commit.

sub switch {
  for (@plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") { attend(@fields) }
    if ($word eq "remove") { take_out(@fields) }
    next if !puts($word);
    my ($from, $to) = splice @fields, 0, 2;
    my $old = $word eq "new" ? "" : shift @fields;
    for my $name (@fields) {
      keep_again($to, $old, $name) if $word eq "replace";
      must(rename("$to/$name", "$old/$name"), "move $to/$name aside") if $word eq "aside";
      problem("$to/$name has appeared meanwhile") if $word eq "new" && is_there("$to/$name");
      put("$from/$name", "$to/$name");
      $done{$word}++;
    }
  }
  prove();
  print counts(%done) if $problem eq "";
}

# Somebody may have put another file there since its second name was made.
sub keep_again {
  my ($to, $old, $name) = @_;
  my @now = lstat "$to/$name";
  my @kept = lstat "$old/$name";
  return if @now && @kept && "@now[0, 1]" eq "@kept[0, 1]";
  must(unlink("$old/$name"), "remove $old/$name") if @kept;
  keep($to, $old, $name);
}

# A directory can be moved only by who may write to it.
sub put {
  my ($path, $to) = @_;
  my $now = $> == 0 ? undef : look($path);
  my $is_closed = $now && kind($now) == 0040000 && !($now->{mode} & 0200);
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $is_closed;
  must(rename($path, $to), "rename to $to");
  must(chmod($now->{mode} & 07777, $to), "close $to") if $is_closed;
}

my %directories;

# The attributes that directory MEMBER was sent with; a directory that nobody sent keeps its own.
sub attend {
  my ($directory, $path) = @_;
  if ($path ne "") {
    %directories = map { $_->{path} => $_ } map { member($_) } grep { /^member 4/ } @{placed()} if !%directories;
    my $member = $directories{$path} or return problem("$path is not in the manifest");
    prove_below($path) if $> != 0 && !($member->{mode} & 0100);
    set_attributes($directory, mode_of($member), $preserve eq "yes" ? $member->{owner} : "", $member->{time});
  }
  $done{attributes}++;
}

sub set_attributes {
  my ($directory, $mode, $owner, $time) = @_;
  my $now = look($directory) or return must(0, "look at $directory");
  if ($owner ne "" && $now->{owner} ne $owner) { must(chown(split(/:/, $owner), $directory), "chown $directory") }
  if (($now->{mode} & 07777) != $mode) { must(chmod($mode, $directory), "chmod $directory") }
  if ($now->{time} ne $time) { must(set_time($directory, $time), "touch $directory") }
}

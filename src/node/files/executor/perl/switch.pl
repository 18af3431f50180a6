# The direction switch: the commit.

sub switch {
  mend_all();
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

# Somebody may have put another file in place since prepare has made the second name: that one is then the old file.
sub keep_again {
  my ($to, $old, $name) = @_;
  my @now = lstat "$to/$name";
  my @kept = lstat "$old/$name";
  return if @now && @kept && "@now[0, 1]" eq "@kept[0, 1]";
  must(unlink("$old/$name"), "remove $old/$name") if @kept;
  keep($to, $old, $name);
}

# Renames one name. A directory has to be writable for that, since its ".." changes.
sub put {
  my ($path, $to) = @_;
  my $now = $> == 0 ? undef : look($path);
  my $is_closed = $now && kind($now) == 0040000 && !($now->{mode} & 0200);
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $is_closed;
  must(rename($path, $to), "rename to $to");
  must(chmod($now->{mode} & 07777, $to), "close $to") if $is_closed;
}

my %directories;

# Gives a directory the attributes that it was sent with; one that nobody sent keeps its own.
sub attend {
  my ($directory, $path) = @_;
  if ($path ne "") {
    %directories = map { $_->{path} => $_ } map { member($_) } grep { /^member 4/ } @{placed()} if !%directories;
    my $member = $directories{$path} or return problem("$path is not in the manifest");
    prove_below($path) if $> != 0 && !($member->{mode} & 0100);
    my ($mode, $owner) = (mode_of($member), $member->{owner});
    # The set-group-id bit stays: where owners are not sent a directory inherits it from the one above.
    ($mode, $owner) = ($mode & 05777 | (stat $directory)[2] & 02000, "") if $preserve ne "yes";
    set_attributes($directory, $mode, $owner, $member->{time});
  }
  $done{attributes}++;
}

sub set_attributes {
  my ($path, $mode, $owner, $time) = @_;
  my $now = look($path) or return must(0, "look at $path");
  my $is_link = kind($now) == 0120000;
  my $is_anothers = $owner ne "" && $now->{owner} ne $owner;
  if ($is_anothers) { my @owner = split /:/, $owner; must($is_link ? lchown(@owner, $path) : chown(@owner, $path), "chown $path") }
  # A change of owner has cleared the set-user-id and set-group-id bits.
  if (!$is_link && ($is_anothers || ($now->{mode} & 07777) != $mode)) { must(chmod($mode, $path), "chmod $path") }
  if ($now->{time} ne $time) { must(set_time($path, $time), "touch $path") }
}

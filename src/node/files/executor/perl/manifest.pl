# The list of what was sent, and the list that is made where none came.

# The fields of one line of a list.
sub member {
  my ($line) = @_;
  my ($word, $mode, $owner, $size, $time, $sum, $path, $target) = my @words = words($line);
  refuse("the manifest is not whole") if @words != 8 || $word ne "member" && $word ne "mended";
  return {mode => hex $mode, owner => $owner, size => $size, time => $time, sum => $sum, path => $path, target => $target};
}

my @placed;

# The lines of the members that the plan names.
sub placed {
  return \@placed if @placed;
  must(open(my $list, "<", "placed"), "read placed");
  @placed = <$list>;
  refuse("placed is empty") if !@placed && counts(%done) !~ /^0 0 0 /;
  return \@placed;
}

# Makes a list of all staged members, for files that came without one, as with a sync tool of another make. Directories that the
# destination has are left out: they stay as they are.
sub survey {
  must(open(my $list, ">", "manifest"), "write manifest");
  my @left = sort(names(staged("")));
  my @closed;
  while (@left) {
    my $path = shift @left;
    my $staged = staged($path);
    problem("the path is too long for this node: $destination/$path") if length "$destination/$path" > 4095;
    my $now = look($staged) or must(0, "look at $staged");
    if ($> != 0 && kind($now) == 0040000 && ($now->{mode} & 0700) != 0700) {
      push @closed, [$now->{mode} & 07777, $staged];
      must(chmod($now->{mode} & 07777 | 0700, $staged), "open $staged");
    }
    my $target = kind($now) == 0120000 ? readlink $staged : "";
    my $stays = kind($now) == 0040000 && -d "$destination/$path";
    printf $list "member %x %s %d %s - %s %s\n", @$now{qw(mode owner size time)}, quote($path), quote($target) if !$stays;
    unshift @left, map { "$path/$_" } sort(names($staged)) if kind($now) == 0040000;
  }
  for (reverse @closed) { must(chmod($_->[0], $_->[1]), "close $_->[1]") }
  must(close($list), "write manifest");
}

sub names {
  my ($path) = @_;
  must(opendir(my $directory, $path), "read $path");
  return grep { $_ ne "." && $_ ne ".." } readdir $directory;
}

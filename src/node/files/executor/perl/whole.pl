# Checks that the stage has all names that were sent, and no others.

# How many names each directory must have, by its path below the destination.
my %children = ("" => 0);

# Counts a name in the directory above it. A directory above a root, which nobody sent, is counted, too.
sub note_name {
  my ($path, $is_directory) = @_;
  my $slash = rindex $path, "/";
  my $above = $slash < 0 ? "" : substr $path, 0, $slash;
  note_name($above, 1) if !exists $children{$above};
  $children{$above}++;
  $children{$path} = 0 if $is_directory;
}

sub above { my $slash = rindex $_[0], "/"; return $slash < 0 ? "" : substr $_[0], 0, $slash }

sub refuse_surplus {
  for (my ($inner, $outer) = ($tree, above($tree)); $outer ne ""; ($inner, $outer) = ($outer, above($outer))) {
    for (names($outer)) { problem("$outer/$_ lies in the stage, and was not sent") if "$outer/$_" ne $inner }
  }
  for my $path (keys %children) {
    my @there = names(staged($path));
    refuse_unsent($path, @there) if @there != $children{$path};
  }
}

sub refuse_unsent {
  my ($above, @there) = @_;
  $above .= "/" if $above ne "";
  my %sent;
  open(my $manifest, "<", "manifest");
  while (my $line = <$manifest>) {
    my $path = member($line)->{path};
    next if index($line, "mended ") == 0;
    $sent{(split "/", substr $path, length $above)[0]} = 1 if index($path, $above) == 0;
  }
  for (@there) { problem("$above$_ lies in the stage, and was not sent") if !$sent{$_} }
  problem("$above has lost a name in the stage");
}

# The direction undo: the way back.

# From the last record to the first, so that what was changed twice ends as it was; then the attributes, those of deeper directories first.
sub undo {
  my %before = map { $_->[0] => $_ } read_records("before", "before");
  my %ours = map { $_->[0] => $_ } -e "ours" ? read_records("ours", "ours") : ();
  for (reverse @plan) {
    my ($number, $word, @fields) = @$_;
    if ($word eq "attributes") { reopen($fields[0]) }
    if ($word eq "remove") { bring_back(@fields) }
    next if !puts($word);
    my ($from, $to) = splice @fields, 0, 2;
    my $old = $word eq "new" ? "" : shift @fields;
    for my $at (reverse 0 .. $#fields) {
      my $name = $fields[$at];
      next if $word ne "aside" && is_there("$from/$name");
      if ($old ne "") { put("$old/$name", "$to/$name") if is_there("$old/$name") }
      elsif (is_there("$to/$name")) { take_back("$to/$name", "$from/$name", ($ours{$number} || [])->[$at + 1]) }
    }
  }
  # The switch may have been killed between the opening of a directory and its rename.
  for (-e "closed" ? read_records("closed", "closed") : ()) { must(chmod(oct $_->[0], $_->[1]), "close $_->[1]") if is_directory($_->[1]) }
  take_mends_back();
  for (@plan) {
    my ($number, $word, $directory) = @$_;
    next if $word ne "attributes";
    my $before = $before{$number} or problem("before is not whole") or next;
    set_attributes($directory, oct $before->[1], $before->[2], $before->[3]);
  }
}

sub reopen {
  my ($path) = @_;
  my $now = look($path) or return;
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $> != 0 && ($now->{mode} & 0700) != 0700 && may_attend($now);
}

# Moves a new file back to the stage, where a directory may stay open. A file that somebody has put in its place stays: neither inode nor
# second is that of ours. Devices do not count, since they have other numbers after a reboot.
sub take_back {
  my ($path, $to, $mark) = @_;
  my ($inode, $second) = (lstat $path)[1, 9];
  if (defined $mark && $mark !~ /^$inode:|:$second\z/) {
    print STDERR "lockstep: $path is somebody else's by now, and stays\n";
    return;
  }
  my $now = look($path);
  must(chmod($now->{mode} & 07777 | 0700, $path), "open $path") if $> != 0 && kind($now) == 0040000 && !($now->{mode} & 0200);
  must(rename($path, $to), "rename to $to");
}

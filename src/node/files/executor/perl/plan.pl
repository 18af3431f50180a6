# Reads lists, and checks the plan.

sub read_records {
  my ($name, $word) = @_;
  my @records;
  my $file;
  open($file, "<", $name) or refuse("cannot read $name: $!");
  binmode $file;
  while (my $line = <$file>) {
    my @words = words($line);
    refuse("$name is not whole: line $.") if !@words || shift(@words) ne $word;
    push @records, \@words;
  }
  return @records;
}

# The words of a line as sh reads them: bare, or in single quotes with '\'' and '"$n"' (a newline) in between.
sub words {
  my ($line) = @_;
  return unless $line =~ s/\n\z//;
  $line = " $line";
  my @words;
  while ($line =~ /\G (?:([\w:.-]+)|'([^']*(?:'(?:\\'|"\$n")'[^']*)*)')/gc) {
    my ($bare, $word) = ($1, $2);
    $word = $bare if defined $bare;
    $word =~ s/'(\\'|"\$n")'/$1 eq "\\'" ? "'" : "\n"/ge;
    push @words, $word;
  }
  return (pos($line) || 0) == length $line ? @words : ();
}

sub quote {
  my ($word) = @_;
  $word =~ s/'/'\\''/g;
  $word =~ s/\n/'"\$n"'/g;
  return "'$word'";
}

# Each record must have its number, a known word, and its fields. The last one says how many names there are of each kind.
sub check_plan {
  my %fields = (destination => [3, 3], copy => [2, 2], replace => [4], aside => [4], new => [3], attributes => [2, 2], remove => [3], end => [6, 6]);
  my %planned = %done;
  for my $at (0 .. $#plan) {
    my ($number, $word, @fields) = @{$plan[$at]};
    my ($least, $most) = @{$fields{$word} || refuse("the plan has an unknown step: $word")};
    refuse("the plan is wrong in step " . ($at + 1)) if $number != $at + 1 || @fields < $least || ($most && @fields > $most);
    ($destination, $tree, $preserve) = @fields if $word eq "destination";
    $planned{$word} += $word eq "attributes" ? 1 : @fields - $least + 1 if exists $planned{$word};
  }
  my ($number, $word, @counts) = @{$plan[-1] || []};
  $planned{mended} = $to_mend = $counts[5] || 0;
  refuse("the plan is not whole") if !@counts || $word ne "end" || $preserve eq "" || counts(%planned) ne "@counts";
}

sub counts { my (%count) = @_; return join " ", map { $count{$_} } qw(replace aside new attributes remove mended) }

sub puts { return $_[0] =~ /^(?:replace|aside|new)\z/ }

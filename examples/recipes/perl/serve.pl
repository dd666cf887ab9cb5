use strict;
use warnings;
use IO::Socket::INET;

# One after the other is enough for what it tells. Who goes early does not end the service.
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };

my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8000, Listen => 16, ReuseAddr => 1)
    or die "port 8000 cannot be listened on: $!\n";

while (1) {
    my $client = $listener->accept or next;
    my $asked = <$client> // '';
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my ($path) = $asked =~ m{^GET (\S+)};
    my ($status, $text) = !defined $path ? ('400 Bad Request', "what?\n")
        : $path eq '/healthz' ? ('200 OK', "well\n")
        : $path eq '/' ? ('200 OK', sprintf("%02d:%02d UTC\n", (gmtime)[2, 1]))
        : ('404 Not Found', "nothing here\n");
    print {$client} "HTTP/1.1 $status\r\nContent-Type: text/plain\r\nContent-Length: @{[length $text]}\r\nConnection: close\r\n\r\n$text";
    close $client;
}

# Whoever has the lock is the database. Another one on the same data is what must never be.
b=/bin/busybox
if ! $b mkdir /data/lock; then
  echo twice >> /data/violations
  exit 1
fi
trap '$b rmdir /data/lock; exit 0' TERM
[ -e /data/born ] || $b date +%s > /data/born
$b httpd -f -p 5432 -h /data &
wait

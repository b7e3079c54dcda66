-- The users of the edge (kamailio.cfg), out of the database of a node: names and HA1 hashes, nothing else.
--
--   install -d -o kamailio -g kamailio -m 0750 /var/lib/kamailio
--   sqlite3 /var/lib/kamailio/users.sqlite \
--     "ATTACH 'file:/var/lib/ifsip-proxy/ifsip.sqlite?mode=ro' AS node" ".read /etc/kamailio/kamailio-users.sql"
--   chown kamailio: /var/lib/kamailio/users.sqlite && chmod 0640 /var/lib/kamailio/users.sqlite
--
-- Again after every `ifsip-proxy user add`, `passwd` or `remove`; the edge sees it at once. An HA1 is as good as the
-- password for its realm: guard the file as you guard the node's state directory.
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS users (
  name TEXT NOT NULL, realm TEXT NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (name, realm)
);
DELETE FROM users;
INSERT INTO users SELECT name, realm, md5, sha256 FROM node.users;
COMMIT;

// A database in a file: tables, an index, transactions, a join, a window function, full-text search, blobs, and an
// integrity check after the file was closed and opened again. Prints everything that it reads.
//
// usage: sqlite FILE ROWS

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static sqlite3 *db;

static void fail(const char *what)
{
    printf("%s: %s\n", what, db ? sqlite3_errmsg(db) : "no database");
    exit(1);
}

static int print_row(void *unused, int count, char **values, char **names)
{
    (void)unused;
    (void)names;
    for (int i = 0; i < count; i++) printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
    printf("\n");
    return 0;
}

static void run(const char *sql)
{
    printf("-- %s\n", sql);
    char *message = NULL;
    if (sqlite3_exec(db, sql, print_row, NULL, &message) != SQLITE_OK) {
        printf("error: %s\n", message);
        sqlite3_free(message);
    }
}

static void fill(int rows)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, "insert into item values (?, ?, ?, ?)", -1, &statement, NULL) != SQLITE_OK)
        fail("prepare");
    unsigned state = 12345;
    unsigned char blob[64];
    for (int i = 0; i < rows; i++) {
        char name[32];
        state = state * 1103515245u + 12345u;
        snprintf(name, sizeof name, "item-%u", state >> 16 & 1023);
        for (unsigned k = 0; k < sizeof blob; k++) blob[k] = (unsigned char)(state >> k % 24);
        sqlite3_bind_int(statement, 1, i);
        sqlite3_bind_text(statement, 2, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(statement, 3, (double)(state >> 8 & 0xffff) / 7);
        sqlite3_bind_blob(statement, 4, blob, (int)(state >> 20 & 63), SQLITE_TRANSIENT);
        if (sqlite3_step(statement) != SQLITE_DONE) fail("step");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
}

static void open_database(const char *path)
{
    if (sqlite3_open(path, &db) != SQLITE_OK) fail("open");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        printf("usage: sqlite FILE ROWS\n");
        return 2;
    }
    remove(argv[1]);
    open_database(argv[1]);
    printf("SQLite %s\n", sqlite3_libversion());
    run("pragma journal_mode = delete");
    run("create table item (id integer primary key, name text, price real, data blob)");
    run("create index by_name on item (name)");
    run("begin");
    fill(atoi(argv[2]));
    run("commit");
    run("begin");
    run("delete from item where id % 3 = 0");
    run("rollback");
    run("delete from item where id % 7 = 0");
    run("insert into item values (1, 'twice', 0, null)");
    run("select count(*), round(sum(price), 3), max(length(data)) from item");
    run("select name, count(*) as n, round(avg(price), 3) from item group by name order by n desc, name limit 5");
    run("select id, name, row_number() over (partition by name order by price desc) from item where id < 20");
    run("select a.id, b.id from item a join item b on a.name = b.name and a.id < b.id order by a.id, b.id limit 5");
    run("with recursive fib(a, b) as (values (0, 1) union all select b, a + b from fib limit 30) select max(a) from fib");
    run("create virtual table text using fts5 (body)");
    run("insert into text select name || ' costs ' || cast(price as integer) from item where id < 200");
    run("select count(*) from text where text match 'costs'");
    run("select json_extract('{\"a\": [1, 2, {\"b\": \"c\"}]}', '$.a[2].b'), hex(zeroblob(4)), printf('%.3f|%08x', 2.5, 48879)");
    sqlite3_close(db);
    open_database(argv[1]);
    run("pragma integrity_check");
    run("select count(*), hex(sum(length(data))) from item");
    run("vacuum");
    run("select count(*) from sqlite_master");
    sqlite3_close(db);
    return 0;
}

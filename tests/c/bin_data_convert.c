/* BinData: encodings, charsets and files. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "ckws.h"

static ckws_bin_data *filled(const char *bytes, size_t len)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    REQUIRE(bd != NULL);
    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)bytes, len));
    return bd;
}

static void expect_bytes(ckws_bin_data *bd, const char *bytes, size_t count)
{
    size_t len = 12345;
    const uint8_t *got = ckws_bin_data_get_bytes(bd, &len);

    CHECK_INT(len, (long long)count);
    CHECK(got != NULL && len == count && memcmp(got, bytes, count) == 0);
    CHECK(got != NULL && got[count] == 0);
}

static void expect_failure(ckws_bin_data *bd, int code, const char *part)
{
    CHECK(!ckws_bin_data_get_last_method_success(bd));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), code);
    CHECK_TELLING(contains(ckws_bin_data_get_last_error_text(bd), part), ckws_bin_data_get_last_error_text(bd));
}

static void test_encodings(void)
{
    static const struct {
        const char *encoding;
        const char *text;
    } WRITTEN[] = {
        { "base64", "AGE9/w==" },      { "base64url", "AGE9_w" },   { "hex", "00613DFF" },
        { "Hex_Lower", "00613dff" },   { "URL", "%00a%3D%FF" },     { "quoted-printable", "=00a=3D=FF" },
        { "qp", "=00a=3D=FF" },        { "base64_mime", "AGE9/w==" }, { "modBase64", "AGE9_w" },
        { "base32", "ABQT37Y=" },      { "base58", "1ZfRx" },         { "url_rfc1738", "%00a%3D%FF" },
        { "url_rfc2396", "%00a%3D%FF" }, { "url_rfc3986", "%00a%3D%FF" }, { "url_oauth", "%00a%3D%FF" },
        { "B", "=?UTF-8?B?AGE9/w==?=" }, { "Q", "=?UTF-8?Q?=00a=3D=FF?=" },
        { "uu", "begin 644 data\r\n$`&$]_P``\r\n`\r\nend\r\n" },
    };
    ckws_bin_data *bd = filled("\0a=\xff", 4);
    ckws_bin_data *read = ckws_bin_data_create();
    size_t i;

    for (i = 0; i < sizeof WRITTEN / sizeof WRITTEN[0]; i++) {
        CHECK_TEXT(ckws_bin_data_get_encoded(bd, WRITTEN[i].encoding), WRITTEN[i].text);
        CHECK(ckws_bin_data_load_encoded(read, WRITTEN[i].text, WRITTEN[i].encoding));
        expect_bytes(read, "\0a=\xff", 4);
        CHECK(ckws_bin_data_append_encoded(read, WRITTEN[i].text, WRITTEN[i].encoding));
        expect_bytes(read, "\0a=\xff\0a=\xff", 8);
    }
    CHECK_TEXT(ckws_bin_data_get_encoded_chunk(bd, 1, 2, "hex"), "613D");
    CHECK_TEXT(ckws_bin_data_get_encoded_chunk(bd, 0, 4, "hex"), "00613DFF");
    CHECK_TEXT(ckws_bin_data_get_encoded_chunk(bd, 4, 0, "hex"), "");
    ckws_bin_data_clear(bd);
    CHECK_TEXT(ckws_bin_data_get_encoded(bd, "base64"), "");
    ckws_bin_data_dispose(bd);
    ckws_bin_data_dispose(read);
}

static void test_refused_encodings(void)
{
    ckws_bin_data *bd = filled("kept", 4);

    CHECK(ckws_bin_data_get_encoded(bd, "base46") == NULL);
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "base46");
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "quoted-printable");
    CHECK(ckws_bin_data_get_encoded_chunk(bd, 0, 1, "") == NULL);
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "not known");
    CHECK(!ckws_bin_data_append_encoded(bd, "00", "octal"));
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "octal");
    CHECK(!ckws_bin_data_append_encoded(bd, "0g", "hex"));
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "at byte 1");
    CHECK(!ckws_bin_data_load_encoded(bd, "Zm9v?", "base64"));
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "at byte 4");
    CHECK(!ckws_bin_data_load_encoded(bd, NULL, "base64"));
    expect_failure(bd, CKWS_ERROR_NULL_ARGUMENT, "data");
    expect_bytes(bd, "kept", 4);
    ckws_bin_data_dispose(bd);
}

static void test_charsets(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_bin_data_append_string(bd, "\xc3\xa9\xe2\x82\xac", "iso-8859-1"));
    expect_bytes(bd, "\xe9\x80", 2);
    CHECK_TEXT(ckws_bin_data_get_string(bd, "windows-1252"), "\xc3\xa9\xe2\x82\xac");
    CHECK(ckws_bin_data_clear(bd));
    CHECK(ckws_string_builder_append_utf8(sb, "a\0b", 3));
    CHECK(ckws_bin_data_append_sb(bd, sb, "UTF-16"));
    expect_bytes(bd, "a\0\0\0b\0", 6);
    CHECK_TEXT(ckws_bin_data_get_string(bd, "utf-16le"), "a");
    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)"\xff" "a\xe2\x82", 4));
    CHECK_TEXT(ckws_bin_data_get_string(bd, "utf-8"), "\xef\xbf\xbd" "a\xef\xbf\xbd");
    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)"\xfe\xff\0a", 4));
    CHECK_TEXT(ckws_bin_data_get_string(bd, "utf-16"), "a");

    CHECK(!ckws_bin_data_append_string(bd, "ok \xe4\xb8\x96", "iso-8859-1"));
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "U+4E16");
    CHECK(!ckws_bin_data_append_string(bd, "x", "utf-9"));
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "utf-9");
    CHECK(!ckws_bin_data_append_sb(bd, sb, NULL));
    expect_failure(bd, CKWS_ERROR_NULL_ARGUMENT, "charset");
    CHECK(ckws_bin_data_get_string(bd, "") == NULL);
    expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "not known");
    expect_bytes(bd, "\xfe\xff\0a", 4);
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
}

/* A directory of its own for each run; the working directory is changed to it. */
static void enter_new_directory(char *name)
{
    REQUIRE(mkdtemp(name) != NULL);
    REQUIRE(chdir(name) == 0);
}

static int files_here(void)
{
    DIR *directory = opendir(".");
    int count = 0;

    REQUIRE(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

static void test_files(void)
{
    ckws_bin_data *bd = filled("\0\x01\xff", 3);
    struct stat status;

    CHECK(ckws_bin_data_write_file(bd, "file"));
    CHECK(ckws_bin_data_clear(bd));
    CHECK(ckws_bin_data_load_file(bd, "file"));
    expect_bytes(bd, "\0\x01\xff", 3);
    CHECK(ckws_bin_data_write_append_file(bd, "file"));
    CHECK(ckws_bin_data_write_append_file(bd, "appended"));
    CHECK(ckws_bin_data_load_file(bd, "file"));
    expect_bytes(bd, "\0\x01\xff\0\x01\xff", 6);
    CHECK(ckws_bin_data_load_file(bd, "appended"));
    expect_bytes(bd, "\0\x01\xff", 3);

    CHECK(chmod("file", 0750) == 0 && symlink("file", "link") == 0);
    CHECK(ckws_bin_data_write_file(bd, "link"));
    CHECK(lstat("link", &status) == 0 && S_ISLNK(status.st_mode));
    CHECK(stat("file", &status) == 0 && status.st_size == 3);
    CHECK_INT(status.st_mode & 07777, 0750);
    CHECK_INT(files_here(), 3);
    CHECK(unlink("file") == 0 && unlink("link") == 0 && unlink("appended") == 0);
    ckws_bin_data_dispose(bd);
}

static void test_refused_files(void)
{
    ckws_bin_data *bd = filled("kept", 4);

    CHECK(mkdir("directory", 0700) == 0 && mkfifo("pipe", 0600) == 0);
    CHECK(!ckws_bin_data_load_file(bd, "missing"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "\"missing\"");
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "no such file or directory (ENOENT).");
    CHECK(!ckws_bin_data_load_file(bd, "directory"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "directory\" could not be read: is a directory.");
    CHECK(!ckws_bin_data_load_file(bd, ""));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "no such file or directory (ENOENT).");
    expect_bytes(bd, "kept", 4);

    CHECK(!ckws_bin_data_write_file(bd, "directory"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "is a directory");
    CHECK(!ckws_bin_data_write_file(bd, "missing/file"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "no such file or directory (ENOENT).");
    CHECK(!ckws_bin_data_write_file(bd, "missing/"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "\"missing/\"");
    CHECK(!ckws_bin_data_write_file(bd, ""));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "could not be written");
    CHECK(!ckws_bin_data_write_file(bd, "pipe"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "not a regular file");
    CHECK(!ckws_bin_data_write_append_file(bd, "pipe"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "not a regular file");
    CHECK(!ckws_bin_data_write_append_file(bd, "directory"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "is a directory");
    CHECK(!ckws_bin_data_write_append_file(bd, "missing/file"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "no such file or directory (ENOENT).");
    CHECK(!ckws_bin_data_write_append_file(bd, ""));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "no such file or directory (ENOENT).");
    CHECK_INT(files_here(), 2);
    CHECK(rmdir("directory") == 0 && unlink("pipe") == 0);
    ckws_bin_data_dispose(bd);
}

/* A write that fails in the middle leaves the old content, and nothing beside it. */
static void test_failed_write(void)
{
    ckws_bin_data *bd = filled("old", 3);
    struct rlimit before;
    struct rlimit limit;
    int i;

    CHECK(ckws_bin_data_write_file(bd, "file"));
    for (i = 0; i < 16; i++)
        CHECK(ckws_bin_data_append_bd(bd, bd));
    REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    limit = before;
    limit.rlim_cur = 100000;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(!ckws_bin_data_write_file(bd, "file"));
    expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "file too large (EFBIG).");
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(ckws_bin_data_load_file(bd, "file"));
    expect_bytes(bd, "old", 3);
    CHECK_INT(files_here(), 1);
    CHECK(unlink("file") == 0);
    ckws_bin_data_dispose(bd);
}

/* A file that must not be written is not replaced either. The system lets root do it. */
static void test_read_only_file(void)
{
    ckws_bin_data *bd = filled("old", 3);

    CHECK(ckws_bin_data_write_file(bd, "file") && chmod("file", 0400) == 0);
    CHECK(ckws_bin_data_append_byte(bd, '!'));
    if (geteuid() != 0) {
        CHECK(!ckws_bin_data_write_file(bd, "file"));
        expect_failure(bd, CKWS_ERROR_FILE_ACCESS, "permission denied (EACCES).");
    }
    CHECK(unlink("file") == 0);
    ckws_bin_data_dispose(bd);
}

/* A file that no memory can hold; made of nothing, so it takes no space. Valgrind needs memory of its own. */
static void test_huge_file(void)
{
    ckws_bin_data *bd = filled("kept", 4);
    struct rlimit before;
    struct rlimit limit;
    int file = open("huge", O_CREAT | O_WRONLY, 0600);

    REQUIRE(file >= 0);
    REQUIRE(ftruncate(file, INT32_MAX) == 0);
    close(file);
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    limit = before;
    limit.rlim_cur = (rlim_t)1 << 30;
    REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(!ckws_bin_data_load_file(bd, "huge"));
    expect_failure(bd, CKWS_ERROR_OUT_OF_MEMORY, "\"huge\"");
    expect_bytes(bd, "kept", 4);
    CHECK(setrlimit(RLIMIT_AS, &before) == 0);
    CHECK(unlink("huge") == 0);
    ckws_bin_data_dispose(bd);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();
    char directory[] = "ckws-bin-data-XXXXXX";

    test_encodings();
    test_refused_encodings();
    test_charsets();
    enter_new_directory(directory);
    test_files();
    test_refused_files();
    test_failed_write();
    test_read_only_file();
    if (getenv("CKWS_TEST_SLOW") == NULL)
        test_huge_file();
    CHECK(chdir("..") == 0 && rmdir(directory) == 0);
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}

#include "runner/build/supply.h"

#include <stdbool.h>
#include <stddef.h>

static const struct supply table[] = {
	{ "curl/", "curl_", "curl", "libcurl", "libcurl4-openssl-dev" },
	{ "fftw3.h", "fftw_", "fftw3", "fftw3", "libfftw3-dev" },
	{ "zlib.h zconf.h", "deflate inflate gz compress crc32 adler32", "z", "zlib", "zlib1g-dev" },
	{ "bzlib.h", "BZ2_", "bz2", "bzip2", "libbz2-dev" },
	{ "lzma.h lzma/", "lzma_", "lzma", "liblzma", "liblzma-dev" },
	{ "zstd.h", "ZSTD_", "zstd", "libzstd", "libzstd-dev" },
	{ "lz4.h lz4frame.h lz4hc.h", "LZ4_ LZ4F_", "lz4", "liblz4", "liblz4-dev" },
	{ "brotli/", "BrotliDecoder BrotliEncoder", NULL, "libbrotlidec", "libbrotli-dev" },
	{ "archive.h archive_entry.h", "archive_", "archive", "libarchive", "libarchive-dev" },
	{ "zip.h", "zip_", "zip", "libzip", "libzip-dev" },
	{ "sqlite3.h", "sqlite3_", "sqlite3", "sqlite3", "libsqlite3-dev" },
	{ "libpq-fe.h postgresql/", "PQ", "pq", "libpq", "libpq-dev" },
	{ "mysql/ mysql.h mariadb/", "mysql_", "mariadb", "libmariadb", "libmariadb-dev" },
	{ "lmdb.h", "mdb_", "lmdb", "lmdb", "liblmdb-dev" },
	{ "gdbm.h", "gdbm_", "gdbm", NULL, "libgdbm-dev" },
	{ "db.h", NULL, "db", NULL, "libdb-dev" },
	{ "leveldb/", "leveldb_", "leveldb", NULL, "libleveldb-dev" },
	{ "hiredis/", "redis", "hiredis", "hiredis", "libhiredis-dev" },
	{ "openssl/", "SSL_ BIO_ EVP_ OPENSSL_ ERR_ RAND_ X509_ SHA1 SHA256 MD5", NULL, "openssl", "libssl-dev" },
	{ "gnutls/", "gnutls_", "gnutls", "gnutls", "libgnutls28-dev" },
	{ "gcrypt.h", "gcry_", "gcrypt", "libgcrypt", "libgcrypt20-dev" },
	{ "sodium.h sodium/", "sodium_ crypto_ randombytes_", "sodium", "libsodium", "libsodium-dev" },
	{ "mbedtls/", "mbedtls_", "mbedtls", NULL, "libmbedtls-dev" },
	{ "nettle/", "nettle_", "nettle", "nettle", "nettle-dev" },
	{ "gmp.h", "__gmp mpz_ mpq_ mpf_", "gmp", "gmp", "libgmp-dev" },
	{ "mpfr.h", "mpfr_", "mpfr", "mpfr", "libmpfr-dev" },
	{ "mpc.h", "mpc_", "mpc", NULL, "libmpc-dev" },
	{ "gsl/", "gsl_", "gsl", "gsl", "libgsl-dev" },
	{ "cblas.h openblas/", "cblas_ openblas_", "openblas", "openblas", "libopenblas-dev" },
	{ "lapacke.h", "LAPACKE_", "lapacke", "lapacke", "liblapacke-dev" },
	{ "suitesparse/", "cholmod_ umfpack_", "cholmod", "cholmod", "libsuitesparse-dev" },
	{ "igraph/", "igraph_", "igraph", "igraph", "libigraph-dev" },
	{ "nlopt.h", "nlopt_", "nlopt", "nlopt", "libnlopt-dev" },
	{ "glpk.h", "glp_", "glpk", NULL, "libglpk-dev" },
	{ "hdf5.h hdf5/", "H5", NULL, "hdf5", "libhdf5-dev" },
	{ "netcdf.h", "nc_", "netcdf", "netcdf", "libnetcdf-dev" },
	{ "mpi.h", "MPI_", NULL, "mpi-c", "libopenmpi-dev" },
	{ NULL, NULL, NULL, "mpi", "libopenmpi-dev" },
	{ NULL, NULL, NULL, "ompi-c", "libopenmpi-dev" },
	{ NULL, NULL, NULL, "ompi", "libopenmpi-dev" },
	{ NULL, NULL, NULL, "mpich", "libmpich-dev" },
	{ NULL, NULL, NULL, "blas", "libblas-dev" },
	{ NULL, NULL, NULL, "lapack", "liblapack-dev" },
	{ "scotch.h", "SCOTCH_", "scotch", NULL, "libscotch-dev" },
	{ "metis.h", "METIS_", "metis", NULL, "libmetis-dev" },
	{ "hwloc.h", "hwloc_", "hwloc", "hwloc", "libhwloc-dev" },
	{ "papi.h", "PAPI_", "papi", "papi", "libpapi-dev" },
	{ "CL/", NULL, "OpenCL", "OpenCL", "ocl-icd-opencl-dev" },
	{ "ncurses.h curses.h term.h", "initscr endwin mvprintw printw wgetch", "ncurses", "ncurses", "libncurses-dev" },
	{ "readline/", "readline add_history rl_", "readline", "readline", "libreadline-dev" },
	{ "editline/ histedit.h", "el_", "edit", "libedit", "libedit-dev" },
	{ "glib.h glib/ glib-object.h gio/ gmodule.h", "g_", NULL, "glib-2.0", "libglib2.0-dev" },
	{ "gtk/ gdk/", "gtk_ gdk_", NULL, "gtk+-3.0", "libgtk-3-dev" },
	{ NULL, NULL, NULL, "gtk4", "libgtk-4-dev" },
	{ NULL, NULL, NULL, "gtk+-2.0", "libgtk2.0-dev" },
	{ "cairo.h cairo/", "cairo_", "cairo", "cairo", "libcairo2-dev" },
	{ "pango/", "pango_", NULL, "pangocairo", "libpango1.0-dev" },
	{ "librsvg/", "rsvg_", NULL, "librsvg-2.0", "librsvg2-dev" },
	{ "SDL2/ SDL.h", "SDL_", "SDL2", "sdl2", "libsdl2-dev" },
	{ "SDL_image.h", "IMG_", "SDL2_image", "SDL2_image", "libsdl2-image-dev" },
	{ "SDL_ttf.h", "TTF_", "SDL2_ttf", "SDL2_ttf", "libsdl2-ttf-dev" },
	{ "SDL_mixer.h", "Mix_", "SDL2_mixer", "SDL2_mixer", "libsdl2-mixer-dev" },
	{ "GLFW/", "glfw", "glfw", "glfw3", "libglfw3-dev" },
	{ "GL/glew.h", "glew", "GLEW", "glew", "libglew-dev" },
	{ "GL/glut.h GL/freeglut.h", "glut", "glut", "glut", "freeglut3-dev" },
	{ "GL/gl.h GL/glx.h GL/", "gl", "GL", "gl", "libgl-dev" },
	{ "GLES2/ GLES3/", NULL, "GLESv2", "glesv2", "libgles-dev" },
	{ "EGL/", "egl", "EGL", "egl", "libegl-dev" },
	{ "vulkan/", "vk", "vulkan", "vulkan", "libvulkan-dev" },
	{ "allegro5/", "al_", "allegro", "allegro-5", "liballegro5-dev" },
	{ "AL/", NULL, "openal", "openal", "libopenal-dev" },
	{ "X11/extensions/Xrandr.h", "XRR", "Xrandr", "xrandr", "libxrandr-dev" },
	{ "X11/extensions/XInput2.h", "XI", "Xi", "xi", "libxi-dev" },
	{ "X11/Xft/", "Xft", "Xft", "xft", "libxft-dev" },
	{ "X11/", "XOpen XCreate XDraw XMap XClose XNext", "X11", "x11", "libx11-dev" },
	{ "xcb/", "xcb_", "xcb", "xcb", "libxcb1-dev" },
	{ "wayland-client.h wayland-server.h", "wl_", "wayland-client", "wayland-client", "libwayland-dev" },
	{ "xkbcommon/", "xkb_", "xkbcommon", "xkbcommon", "libxkbcommon-dev" },
	{ "ft2build.h freetype2/", "FT_", "freetype", "freetype2", "libfreetype-dev" },
	{ "fontconfig/", "Fc", "fontconfig", "fontconfig", "libfontconfig-dev" },
	{ "hb.h harfbuzz/", "hb_", "harfbuzz", "harfbuzz", "libharfbuzz-dev" },
	{ "png.h libpng/", "png_", "png", "libpng", "libpng-dev" },
	{ "jpeglib.h turbojpeg.h", "jpeg_", "jpeg", "libjpeg", "libjpeg-dev" },
	{ "tiffio.h tiff.h", "TIFF", "tiff", "libtiff-4", "libtiff-dev" },
	{ "gif_lib.h", "DGif EGif", "gif", NULL, "libgif-dev" },
	{ "webp/", "WebP", "webp", "libwebp", "libwebp-dev" },
	{ "gd.h", "gdImage", "gd", "gdlib", "libgd-dev" },
	{ "wand/ MagickWand/", "Magick", NULL, "MagickWand", "libmagickwand-dev" },
	{ "libavcodec/", "avcodec_", "avcodec", "libavcodec", "libavcodec-dev" },
	{ "libavformat/", "avformat_", "avformat", "libavformat", "libavformat-dev" },
	{ "libavutil/", "av_", "avutil", "libavutil", "libavutil-dev" },
	{ "libswscale/", "sws_", "swscale", "libswscale", "libswscale-dev" },
	{ "sndfile.h", "sf_", "sndfile", "sndfile", "libsndfile1-dev" },
	{ "portaudio.h", "Pa_", "portaudio", "portaudio-2.0", "portaudio19-dev" },
	{ "alsa/", "snd_", "asound", "alsa", "libasound2-dev" },
	{ "pulse/", "pa_", "pulse", "libpulse", "libpulse-dev" },
	{ "jack/", "jack_", "jack", "jack", "libjack-jackd2-dev" },
	{ "samplerate.h", "src_", "samplerate", "samplerate", "libsamplerate0-dev" },
	{ "vorbis/ ogg/", "vorbis_ ov_ ogg_", "vorbis", "vorbis", "libvorbis-dev" },
	{ "opus/ opus.h", "opus_", "opus", "opus", "libopus-dev" },
	{ "FLAC/", "FLAC_", "FLAC", "flac", "libflac-dev" },
	{ "mpg123.h", "mpg123_", "mpg123", "libmpg123", "libmpg123-dev" },
	{ "jansson.h", "json_", "jansson", "jansson", "libjansson-dev" },
	{ "json-c/ json.h", "json_object_ json_tokener_", "json-c", "json-c", "libjson-c-dev" },
	{ "cjson/ cJSON.h", "cJSON_", "cjson", "libcjson", "libcjson-dev" },
	{ "yaml.h", "yaml_", "yaml", "yaml-0.1", "libyaml-dev" },
	{ "expat.h", "XML_", "expat", "expat", "libexpat1-dev" },
	{ "libxml/ libxml2/", "xml html", "xml2", "libxml-2.0", "libxml2-dev" },
	{ "libxslt/", "xslt", "xslt", "libxslt", "libxslt1-dev" },
	{ "cmark.h", "cmark_", "cmark", "libcmark", "libcmark-dev" },
	{ "lua.h lauxlib.h lualib.h lua5.4/", "lua_ luaL_", "lua5.4", "lua5.4", "liblua5.4-dev" },
	{ "Python.h python3.11/", "Py", NULL, "python3", "python3-dev" },
	{ "libguile.h", "scm_", NULL, "guile-3.0", "guile-3.0-dev" },
	{ "ruby.h", "rb_", NULL, NULL, "ruby-dev" },
	{ "tcl.h", "Tcl_", "tcl", "tcl", "tcl-dev" },
	{ "pcre2.h", "pcre2_", "pcre2-8", "libpcre2-8", "libpcre2-dev" },
	{ "pcre.h", "pcre_", "pcre", "libpcre", "libpcre3-dev" },
	{ "oniguruma.h", "onig_", "onig", "oniguruma", "libonig-dev" },
	{ "unistring/ unistr.h", "u8_ u16_ u32_", "unistring", NULL, "libunistring-dev" },
	{ "utf8proc.h", "utf8proc_", "utf8proc", "libutf8proc", "libutf8proc-dev" },
	{ "unicode/", "u_", NULL, "icu-uc", "libicu-dev" },
	{ "uv.h uv/", "uv_", "uv", "libuv", "libuv1-dev" },
	{ "ev.h", "ev_", "ev", NULL, "libev-dev" },
	{ "event2/ event.h", "event_ evbuffer_ evhttp_ bufferevent_", "event", "libevent", "libevent-dev" },
	{ "liburing.h", "io_uring_", "uring", "liburing", "liburing-dev" },
	{ "zmq.h", "zmq_", "zmq", "libzmq", "libzmq3-dev" },
	{ "nng/", "nng_", "nng", NULL, "libnng-dev" },
	{ "microhttpd.h", "MHD_", "microhttpd", "libmicrohttpd", "libmicrohttpd-dev" },
	{ "libwebsockets.h", "lws_", "websockets", "libwebsockets", "libwebsockets-dev" },
	{ "nghttp2/", "nghttp2_", "nghttp2", "libnghttp2", "libnghttp2-dev" },
	{ "ares.h", "ares_", "cares", "libcares", "libc-ares-dev" },
	{ "mosquitto.h", "mosquitto_", "mosquitto", "libmosquitto", "libmosquitto-dev" },
	{ "librdkafka/", "rd_kafka_", "rdkafka", "rdkafka", "librdkafka-dev" },
	{ "libssh/", "ssh_", "ssh", "libssh", "libssh-dev" },
	{ "libssh2.h", "libssh2_", "ssh2", "libssh2", "libssh2-1-dev" },
	{ "pcap.h pcap/", "pcap_", "pcap", "libpcap", "libpcap-dev" },
	{ "libusb-1.0/", "libusb_", "usb-1.0", "libusb-1.0", "libusb-1.0-0-dev" },
	{ "libudev.h", "udev_", "udev", "libudev", "libudev-dev" },
	{ "systemd/", "sd_", "systemd", "libsystemd", "libsystemd-dev" },
	{ "dbus/", "dbus_", NULL, "dbus-1", "libdbus-1-dev" },
	{ "fuse.h fuse3/", "fuse_", NULL, "fuse3", "libfuse3-dev" },
	{ "sys/capability.h", "cap_", "cap", "libcap", "libcap-dev" },
	{ "seccomp.h", "seccomp_", "seccomp", "libseccomp", "libseccomp-dev" },
	{ "selinux/", "selinux_", "selinux", "libselinux", "libselinux1-dev" },
	{ "security/pam_appl.h security/", "pam_", "pam", NULL, "libpam0g-dev" },
	{ "numa.h", "numa_", "numa", "numa", "libnuma-dev" },
	{ "elfutils/ libelf.h gelf.h", "elf_ gelf_", "elf", "libelf", "libelf-dev" },
	{ "dwarf.h", "dwarf_ dwfl_", "dw", "libdw", "libdw-dev" },
	{ "libunwind.h", "unw_", NULL, "libunwind", "libunwind-dev" },
	{ "bfd.h", "bfd_", "bfd", NULL, "binutils-dev" },
	{ "capstone/", "cs_", "capstone", "capstone", "libcapstone-dev" },
	{ "ffi.h", "ffi_", "ffi", "libffi", "libffi-dev" },
	{ "gc.h gc/", "GC_", "gc", "bdw-gc", "libgc-dev" },
	{ "jemalloc/", "je_", "jemalloc", "jemalloc", "libjemalloc-dev" },
	{ "uuid/", "uuid_", "uuid", "uuid", "uuid-dev" },
	{ "popt.h", "popt", "popt", "popt", "libpopt-dev" },
	{ "argtable2.h", "arg_", "argtable2", "argtable2", "libargtable2-dev" },
	{ "uthash.h utlist.h utarray.h utstring.h", NULL, NULL, NULL, "uthash-dev" },
	{ "Judy.h", "Judy", "Judy", NULL, "libjudy-dev" },
	{ "check.h", "srunner_ suite_ tcase_", NULL, "check", "check" },
	{ "cmocka.h", "cmocka_", "cmocka", "cmocka", "libcmocka-dev" },
	{ "criterion/", "criterion_", "criterion", "criterion", "libcriterion-dev" },
	{ "CUnit/", "CU_", "cunit", "cunit", "libcunit1-dev" },
	{ "bsd/", "strlcpy strlcat", "bsd", "libbsd", "libbsd-dev" },
	{ "git2.h git2/", "git_", "git2", "libgit2", "libgit2-dev" },
	{ "magic.h", "magic_", "magic", "libmagic", "libmagic-dev" },
	{ "graphviz/", NULL, "cgraph", "libcgraph", "libgraphviz-dev" },
	{ "protobuf-c/", "protobuf_c_", "protobuf-c", "libprotobuf-c", "libprotobuf-c-dev" },
	{ "xxhash.h", "XXH", "xxhash", "libxxhash", "libxxhash-dev" },
	{ "md5.h", NULL, "md", "libmd", "libmd-dev" },
	{ "linux/", NULL, NULL, NULL, "linux-libc-dev" },
};

enum { ENTRIES = sizeof table / sizeof *table };

/* Is the path one of the words, or below one that ends in a slash? */
static bool
has_header(const struct supply *s, struct str path)
{
	struct str rest = str_of(s->headers ? s->headers : "");

	while (rest.len > 0) {
		struct str one = str_cut(rest, ' ', &rest);

		if (str_ends(one, STR("/")) ? str_starts(path, one) : str_eq(path, one))
			return true;
	}
	return false;
}

/* How much of the name the entry's longest beginning is. */
static size_t
begins(const struct supply *s, struct str name)
{
	struct str rest = str_of(s->symbols ? s->symbols : "");
	size_t longest = 0;

	while (rest.len > 0) {
		struct str one = str_cut(rest, ' ', &rest);

		if (str_starts(name, one) && one.len > longest)
			longest = one.len;
	}
	return longest;
}

const struct supply *
supply_of_header(struct str path)
{
	for (const struct supply *s = table; s < table + ENTRIES; s++)
		if (has_header(s, path))
			return s;
	return NULL;
}

const struct supply *
supply_of_symbol(struct str name)
{
	const struct supply *best = NULL;

	for (const struct supply *s = table; s < table + ENTRIES; s++)
		if (begins(s, name) > (best ? begins(best, name) : 0))
			best = s;
	return best;
}

const struct supply *
supply_of_pc(struct str name)
{
	for (const struct supply *s = table; s < table + ENTRIES; s++)
		if (s->pc && str_eq(name, str_of(s->pc)))
			return s;
	return NULL;
}

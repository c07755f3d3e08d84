package e2e_test

// given is what a container says that it was given.
type given struct {
	Args   []string
	Env    map[string]string
	Mounts map[string]string // ro or rw, by folder
}

// inside is what a container must say, asked from one of its deployment; args, where they are given, are all.
type inside struct {
	service, host string
	port          int
	args          []string
	env, mounts   map[string]string
}

const here = "127.0.0.1"

// deployed is what the examples that run must show from inside.
func deployed() map[string][]inside {
	served := append(make([]string, 0, 3), "/app/serve.py")
	password := "db-secret"
	return map[string][]inside{
		"web.yaml":     {{host: here, port: 8080, args: served}},
		"sdl-web.yaml": {{host: here, port: 80, args: served}},
		"shop.yaml": {
			{service: "shop-1", host: here, port: 8080, env: map[string]string{"DATABASE": "postgres://shop@db:5432/shop", "DB_PASSWORD": password}},
			{
				service: "shop-0", host: "db", port: 5432, env: map[string]string{"POSTGRES_USER": "shop", "DB_PASSWORD": password},
				mounts: map[string]string{"/var/lib/postgresql/data": "rw"},
			},
		},
		"pieces.yaml": {
			{
				service: "model", host: here, port: 8000, args: append(served, "--model", "/weights/small.gguf"), env: map[string]string{"HOST": "0.0.0.0"},
				mounts: map[string]string{"/weights": "ro", "/dev/shm": "rw"},
			},
			{service: "notebook", host: here, port: 8080, mounts: map[string]string{"/work": "rw"}},
		},
		"sdl-single.yaml": {{host: here, port: 8080, mounts: map[string]string{"/notes": "rw"}}},
		"sdl-full.yaml": {
			{
				service: "model", host: here, port: 8000, args: []string{"/opt/serve", "--model", "small", "--port", "8000"},
				env: map[string]string{"LOG": "info", "EMPTY": ""}, mounts: map[string]string{"/weights": "ro", "/data": "rw", "/dev/shm": "rw"},
			},
			{service: "cache-2", host: here, port: 6379, args: served},
			{service: "model", host: "cache", port: 6379, args: served},
		},
	}
}
